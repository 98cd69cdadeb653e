"""Digests of programs, and the short key under which the cache keeps one."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aiotctl.toolbox.pins import Pin
from aiotctl.toolbox.tool import Origin


def digest_of(path: Path) -> str:
    """SHA-256 of a file; of a folder, over the names, modes and contents of all that is in it."""
    if not path.is_dir():
        return _file_digest(path)
    whole = hashlib.sha256()
    for relative, entry in sorted((str(entry.relative_to(path)), entry) for entry in path.rglob("*")):
        if entry.is_symlink():
            line = f"link {relative} {entry.readlink()}"
        elif entry.is_file():
            executable = "x" if entry.stat().st_mode & 0o100 else "-"
            line = f"file {relative} {executable} {_file_digest(entry)}"
        else:
            continue
        whole.update(f"{line}\n".encode())
    return whole.hexdigest()


def keys(pin: Pin, arch: str) -> dict[Origin, str]:
    """The folder name in the cache for each way the program can be had; known before anything is obtained."""
    recipes: dict[Origin, bytes] = {}
    if pin.wheel:
        recipes[Origin.WHEEL] = f"{pin.wheel.distribution}=={pin.wheel.version}".encode()
    if pin.download and pin.download.pinned(arch):
        recipes[Origin.DOWNLOAD] = pin.download.pinned(arch).encode()
    if pin.build:
        recipes[Origin.BUILD] = pin.build.recipe()
    return {origin: f"{pin.version}-{_short(arch.encode(), recipe)}" for origin, recipe in recipes.items()}


def _short(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
