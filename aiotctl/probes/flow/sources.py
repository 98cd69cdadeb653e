"""Where verify looks: addresses and credentials that the caller has bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


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
    service address of a collector to its log file, as far as they can be read from here.
    """

    database: Database
    monitor: str | None = None
    logs: Mapping[str, Path] = field(default_factory=dict[str, Path])
