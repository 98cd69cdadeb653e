"""Where verify looks: addresses and credentials that the caller has bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Database:
    """The time-series database, asked as its reader."""

    host: str
    port: int
    password: str = field(repr=False)
    user: str = "reader"
    name: str = "aiot"


@dataclass(frozen=True, slots=True)
class Sources:
    """``monitor``: ``HOST:PORT`` of the broker's monitoring, None where it cannot be asked. ``logs``:
    for a collector, by its service address, what gives the end of its log; it is asked only about what is
    silent.
    """

    database: Database
    monitor: str | None = None
    logs: Mapping[str, Callable[[], str]] = field(default_factory=dict[str, Callable[[], str]])
