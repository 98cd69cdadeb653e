"""What was observed of one host root, as data for the diff."""

from __future__ import annotations

from dataclasses import dataclass

from .belonging import RootProcesses
from .manifest import ManagedFile, Service
from .procfs import Listener, Process, listeners, scan, seconds_since_boot
from .state import Applied


@dataclass(frozen=True, slots=True)
class World:
    """What runs and listens on the whole host, read once for any number of roots."""

    processes: dict[int, Process]
    listeners: tuple[Listener, ...]
    now: float

    @classmethod
    def look(cls) -> World:
        """Reads it now."""
        return cls(scan(), tuple(listeners()), seconds_since_boot())


@dataclass(frozen=True, slots=True)
class FileFact:
    """What lies at a file's path; `data` is kept for showing differences."""

    kind: str  # "file", "absent" or "other"
    digest: str = ""
    mode: int = 0
    uid: int = -1
    data: bytes = b""
    gid: int = -1


@dataclass(frozen=True, slots=True)
class ProgramFact:
    """A program in place: its digest (empty: missing), and the key its digest was computed under."""

    location: str
    digest: str
    key: str
    wanted: str  # the digest once everything is in place


@dataclass(frozen=True, slots=True)
class ServiceFact:
    """A service as it runs: its main process, leftovers, ports it listens on, seconds it is up.

    `faults` are what else is wrong with how it is kept running, and mended by starting it anew.
    """

    main: Process | None
    strays: tuple[Process, ...]
    listening: frozenset[str]
    uptime: float
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuntimeFacts:
    """What a runtime says of its services. `reachable`: what keeps them up can be asked."""

    processes: RootProcesses
    services: dict[str, ServiceFact]
    reachable: bool = True
    firewall: tuple[str, ...] = ()  # what is wrong with the unit that loads the firewall


@dataclass(frozen=True, slots=True)
class Observation:
    """All facts about one host root that a diff needs."""

    applied: Applied | None
    socket: str
    wanted_files: tuple[ManagedFile, ...]  # those of the manifest, then those of the runtime
    files: dict[str, FileFact]
    directories: dict[str, FileFact]
    programs: dict[str, ProgramFact]
    processes: RootProcesses
    reachable: bool
    services: dict[str, ServiceFact]
    foreign: tuple[str, ...]
    firewall: tuple[str, ...] = ()  # what is wrong with the table in the kernel


def listening(service: Service, world: World, held: dict[int, int], own: set[int]) -> frozenset[str]:
    """Names of the service's ports that a process of its `own` listens on; `held` maps sockets to pids."""
    return frozenset(
        port.name
        for port in service.ports
        for listener in world.listeners
        if listener.serves(port.host, port.port) and held.get(listener.inode) in own
    )
