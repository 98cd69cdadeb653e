"""Looks at a host root and says what is there; changes nothing."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .belonging import RootProcesses, processes_of
from .digest import bytes_digest, path_digest, stat_key
from .manifest import ManagedFile, Manifest, Program, Service
from .procfs import Listener, Process, listeners, scan, seconds_since_boot, socket_inodes
from .runtime import runtime_files, socket_for
from .state import Applied, read_state


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


@dataclass(frozen=True, slots=True)
class ProgramFact:
    """A program in place: its digest (empty: missing), and the key its digest was computed under."""

    location: str
    digest: str
    key: str
    wanted: str  # the digest once everything is in place


@dataclass(frozen=True, slots=True)
class ServiceFact:
    """A service as it runs: its supervised process, leftovers, ports it listens on, seconds it is up."""

    main: Process | None
    strays: tuple[Process, ...]
    listening: frozenset[str]
    uptime: float


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


def observe(manifest: Manifest, world: World) -> Observation:
    """The facts about one root."""
    root, applied = manifest.root, read_state(manifest.root)
    socket = applied.socket if applied else socket_for(root)
    wanted = (*manifest.files, *runtime_files(manifest, socket))
    paths = {f.path for f in wanted} | set(applied.files if applied else ())
    folders = {d.path for d in manifest.directories} | set(applied.directories if applied else ())
    processes = processes_of(root, world.processes, executables(root))
    held = socket_inodes(p.pid for p in processes.all)
    return Observation(
        applied=applied,
        socket=socket,
        wanted_files=wanted,
        files={path: file_fact(root / path) for path in paths},
        directories={path: directory_fact(root / path) for path in folders},
        programs={p.name: _program_fact(root, p, applied) for p in manifest.programs},
        processes=processes,
        reachable=processes.supervisor is not None and (root / socket).is_socket(),
        services={s.name: _service_fact(s, processes, world, held) for s in manifest.services},
        foreign=tuple(_foreign(root, paths, folders)),
    )


def executables(root: Path) -> frozenset[str]:
    """What the services under run/ execute, links resolved."""
    found: set[str] = set()
    for path in (root / "run").glob("*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            value: dict[str, Any] = json.loads(path.read_bytes())
            word = str(value["command"][0])
            program = shutil.which(word, path=str(value["environment"]["PATH"]))
            found.add(os.path.realpath(program or word))
    return frozenset(found)


def file_fact(path: Path) -> FileFact:
    """The file at a path, its bytes included."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            return FileFact("other", mode=stat.S_IMODE(found.st_mode), uid=found.st_uid)
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return FileFact("absent")
    return FileFact("file", bytes_digest(data), stat.S_IMODE(found.st_mode), found.st_uid, data)


def directory_fact(path: Path) -> FileFact:
    """The directory at a path, without its content."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return FileFact("absent")
    kind = "file" if stat.S_ISDIR(found.st_mode) else "other"
    return FileFact(kind, mode=stat.S_IMODE(found.st_mode), uid=found.st_uid)


def _program_fact(root: Path, program: Program, applied: Applied | None) -> ProgramFact:
    place = root / program.path if program.path else Path(program.source)
    digest, key = "", ""
    if place.exists():
        key = stat_key(place)
        known = applied.programs.get(program.name) if applied else None
        digest = known.digest if known and known.key == key else path_digest(place)
    wanted = program.digest if program.deliver and program.digest else digest
    return ProgramFact(str(place), digest, key, wanted)


def _service_fact(
    service: Service, processes: RootProcesses, world: World, held: dict[int, int]
) -> ServiceFact:
    own = {p.pid for p in processes.members.get(service.name, ())}
    listening = frozenset(
        port.name
        for port in service.ports
        for listener in world.listeners
        if listener.serves(port.host, port.port) and held.get(listener.inode) in own
    )
    main = processes.mains.get(service.name)
    strays = tuple(p for p in processes.strays if p.pid in own)
    return ServiceFact(main, strays, listening, world.now - main.started if main else 0.0)


def _foreign(root: Path, files: set[str], folders: set[str]) -> list[str]:
    """Files in etc/ that were not put there by us."""
    found: list[str] = []
    for top, _, names in os.walk(root / "etc"):
        for name in names:
            relative = Path(top, name).relative_to(root).as_posix()
            if relative not in files and not any(relative.startswith(folder + "/") for folder in folders):
                found.append(relative)
    return sorted(found)
