"""One host's manifest: what must be on the host, as data.

The JSON form, version 1 (fields with a default may be left out)::

    {"version": 1,
     "owner": {"blueprint": "press-shop", "environment": "laptop", "lineage": "..."},
     "host": "plant-a/gw-1",           address, for people
     "root": "/abs/host/root",         everything but programs used in place lies under it
     "runtime": "process",             services are processes under one supervisord; or "systemd":
                                       units aiotctl-NAME.service, root converges
     "python": null,                   interpreter that has supervisor; default: the one converging
     "programs": [{
         "name": "telegraf",
         "source": "/abs/path",        file or directory on this host
         "digest": "...",              SHA-256 of file or tree, see digest.py; null: not checked
         "deliver": false,             true: copied to `path` under the root, else used in place
         "path": null}],
     "directories": [{
         "path": "data/nats", "mode": "0700", "user": null,
         "group": null,                default: the user's own, or that of whoever converges
         "data": true}],               kept on removal unless purged; default: lies under data/
     "files": [{
         "path": "etc/telegraf.conf", "content": "...", "mode": "0600", "user": null,
         "group": null,
         "secret": false}],            true: content appears in no diff, result or log
     "services": [{
         "name": "telegraf",
         "command": ["/abs/telegraf", "--config", "..."],
         "environment": {},            with PATH, HOME and LANG all that the service gets
         "directory": ".",             working directory, under the root
         "user": null,
         "files": ["etc/telegraf.conf"],   a change of one of these triggers on_change
         "programs": null,             names whose change restarts; default: those the command uses
         "on_change": "restart",       "reload" or "none"
         "reload_signal": "HUP", "stop_signal": "TERM", "stop_seconds": 10,
         "ports": [{"name": "mqtt", "host": "127.0.0.1", "port": 41883}],
         "health": {"tcp": "mqtt"},    or {"http": URL}, {"command": [...]}; default: its ports
                                       listen, or without ports its process runs
         "health_seconds": 30,
         "start_after": ["nats"],
                                       the rest only where systemd keeps services:
         "writes": ["data/nats"],      what it may write below the root; all else is read-only
         "resources": {"memory": 0, "cpu_percent": 0, "files": 0},    bytes, percent of one
                                       processor, open files; 0: no limit of ours
         "devices": ["/dev/ttyUSB0"],  serial lines that it uses; others it does not see
         "executable_memory": false}], true for what compiles at run time (a JIT)
     "packages": [{"name": "mosquitto", "version": "2.0.*"}],    looked at by a check alone: whoever
     "accounts": ["aiotctl-broker"],   applies brings packages and accounts before
     "firewall": null,                 {"content": "table inet aiotctl {...}"}; systemd only
     "confirm": null}                  {"id": "...", "within_seconds": 120}: the change is a
                                       transaction, see transaction/; systemd only

``user`` is null (whoever converges), "unprivileged" (nobody when root converges, else whoever
converges) or the name of a user (only root may change to another). Users and groups are not made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import ManifestError

VERSION = 1
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where a service finds programs, unless its environment says otherwise."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose root it is; another owner is refused."""

    blueprint: str
    environment: str
    lineage: str

    def __str__(self) -> str:
        return f"blueprint {self.blueprint!r}, environment {self.environment!r}, lineage {self.lineage}"


@dataclass(frozen=True, slots=True)
class Program:
    """An executable or a tree of files that services use."""

    name: str
    source: str
    digest: str | None
    deliver: bool
    path: str | None


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory that services write into; ``data`` ones survive removal unless purged."""

    path: str
    mode: int
    user: str | None
    data: bool
    group: str | None = None


@dataclass(frozen=True, slots=True)
class ManagedFile:
    """A file whose whole content is ours."""

    path: str
    content: str
    mode: int
    user: str | None
    secret: bool
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """A TCP port that a service listens on."""

    name: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.name} {self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Health:
    """How to ask a service whether it works: exactly one of the three is set."""

    tcp: str | None = None
    http: str | None = None
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resources:
    """What a service may take at most: bytes, percent of one processor, open files; 0: no limit."""

    memory: int = 0
    cpu_percent: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class Confirm:
    """A change that goes back by itself unless it is confirmed, under this id, in so many seconds."""

    id: str
    within_seconds: int


@dataclass(frozen=True, slots=True)
class Service:
    """A process that must always run."""

    name: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    directory: str
    user: str | None
    files: tuple[str, ...]
    programs: tuple[str, ...]
    on_change: str
    reload_signal: str
    stop_signal: str
    stop_seconds: int
    ports: tuple[Port, ...]
    health: Health | None
    health_seconds: float
    start_after: tuple[str, ...]
    writes: tuple[str, ...] = ()
    resources: Resources = Resources()
    devices: tuple[str, ...] = ()
    executable_memory: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that must be on one host."""

    owner: Owner
    host: str
    root: Path
    python: str | None
    programs: tuple[Program, ...]
    directories: tuple[Directory, ...]
    files: tuple[ManagedFile, ...]
    services: tuple[Service, ...]
    runtime: str = "process"
    packages: tuple[tuple[str, str], ...] = ()
    accounts: tuple[str, ...] = ()
    firewall: str = ""
    confirm: Confirm | None = None


def start_waves(services: tuple[Service, ...]) -> list[list[Service]]:
    """Services in the order of their start: each wave needs only those before it."""
    waves: list[list[Service]] = []
    left, started = list(services), set[str]()
    while left:
        ready = [s for s in left if set(s.start_after) <= started]
        if not ready:
            raise ManifestError(
                "manifest: start_after runs in a circle: " + ", ".join(sorted(s.name for s in left))
            )
        waves.append(ready)
        started |= {s.name for s in ready}
        left = [s for s in left if s.name not in started]
    return waves
