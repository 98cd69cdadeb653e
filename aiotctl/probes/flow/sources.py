"""Where verify looks: addresses and credentials that the caller has bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiotctl.probes.flow.broker import BrokerState


@dataclass(frozen=True, slots=True)
class Database:
    """The time-series database, asked as its reader. Of a cloud's ``server`` is what its certificate says,
    and ``authority`` the file with who signed that.
    """

    host: str
    port: int
    password: str = field(repr=False)
    user: str = "reader"
    name: str = "aiot"
    server: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Between:
    """A gateway's own broker, and the forwarder that carries from it to the hub's, as service addresses."""

    broker: str
    forwarder: str


@dataclass(frozen=True, slots=True)
class Sources:
    """``monitor``: ``HOST:PORT`` of the broker's monitoring, None where it has none. ``logs``: for a
    collector, by its service address, what gives the end of its log. ``broker`` asks one without monitoring,
    by its service address (None: it cannot be asked; OSError: it does not answer); ``between`` tells what
    stands between a collector and the hub's broker. These are asked only about what is silent.
    """

    database: Database
    monitor: str | None = None
    logs: Mapping[str, Callable[[], str]] = field(default_factory=dict[str, Callable[[], str]])
    broker: Callable[[str], BrokerState | None] = lambda _: None
    between: Callable[[str], Between | None] = lambda _: None
