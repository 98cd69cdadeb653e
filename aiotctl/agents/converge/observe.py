"""Looks at a host root and says what is there; changes nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .digest import bytes_digest, path_digest, stat_key
from .facts import FileFact, Observation, ProgramFact, World
from .firewall import firewall_faults, firewall_files
from .manifest import Manifest, Program
from .process_files import socket_for
from .runtimes import runtime_for
from .state import Applied, read_state


def observe(manifest: Manifest, world: World) -> Observation:
    """The facts about one root."""
    root, applied = manifest.root, read_state(manifest.root)
    socket = applied.socket if applied and applied.socket else socket_for(root)
    runtime = runtime_for(manifest.runtime)
    wanted = (*manifest.files, *runtime.files(manifest, socket), *firewall_files(manifest))
    paths = {f.path for f in wanted} | set(applied.files if applied else ())
    folders = {d.path for d in manifest.directories} | set(applied.directories if applied else ())
    found = runtime.look(manifest, applied, world)
    return Observation(
        applied=applied,
        socket=socket,
        wanted_files=wanted,
        files={path: file_fact(root / path) for path in paths},
        directories={path: directory_fact(root / path) for path in folders},
        programs={p.name: _program_fact(root, p, applied) for p in manifest.programs},
        processes=found.processes,
        reachable=found.reachable,
        services=found.services,
        foreign=tuple(_foreign(root, paths, folders)),
        firewall=(*found.firewall, *firewall_faults(manifest)),
    )


def file_fact(path: Path) -> FileFact:
    """The file at a path, its bytes included."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            return FileFact("other", mode=stat.S_IMODE(found.st_mode), uid=found.st_uid, gid=found.st_gid)
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return FileFact("absent")
    return FileFact("file", bytes_digest(data), stat.S_IMODE(found.st_mode), found.st_uid, data, found.st_gid)


def directory_fact(path: Path) -> FileFact:
    """The directory at a path, without its content."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return FileFact("absent")
    kind = "file" if stat.S_ISDIR(found.st_mode) else "other"
    return FileFact(kind, mode=stat.S_IMODE(found.st_mode), uid=found.st_uid, gid=found.st_gid)


def _program_fact(root: Path, program: Program, applied: Applied | None) -> ProgramFact:
    place = root / program.path if program.path else Path(program.source)
    digest, key = "", ""
    if place.exists():
        key = stat_key(place)
        known = applied.programs.get(program.name) if applied else None
        digest = known.digest if known and known.key == key else path_digest(place)
    wanted = program.digest if program.deliver and program.digest else digest
    return ProgramFact(str(place), digest, key, wanted)


def _foreign(root: Path, files: set[str], folders: set[str]) -> list[str]:
    """Files in etc/ that were not put there by us."""
    found: list[str] = []
    for top, _, names in os.walk(root / "etc"):
        for name in names:
            relative = Path(top, name).relative_to(root).as_posix()
            if relative not in files and not any(relative.startswith(folder + "/") for folder in folders):
                found.append(relative)
    return sorted(found)
