"""The cache of obtained programs: whole ones only, made by one process at a time."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiotctl.model.events import ToolProgress
from aiotctl.toolbox.digest import digest_of, keys
from aiotctl.toolbox.pins import Pin
from aiotctl.toolbox.settings import Settings
from aiotctl.toolbox.tool import Origin, Tell, Tool, ToolError

_LABEL = "tool.json"


@dataclass(frozen=True, slots=True)
class Draft:
    """An empty folder to put a program into; `program` is where it must lie when the work is done."""

    folder: Path
    program: Path


def stored(pin: Pin, settings: Settings) -> Tool | None:
    """The program in the cache, if it is there as the pin wants it."""
    for key in keys(pin, settings.arch).values():
        if tool := read_stored(settings.cache / pin.name / key, pin):
            return tool
    return None


def read_stored(folder: Path, pin: Pin) -> Tool | None:
    """The program kept in one folder of the cache."""
    program = place_in(folder, pin)
    try:
        label = json.loads((folder / _LABEL).read_text("utf-8"))
        tool = Tool(pin.name, label["version"], program, label["digest"], Origin(label["origin"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return tool if program.exists() else None


def place_in(folder: Path, pin: Pin) -> Path:
    """Where a program lies in its folder of the cache."""
    return folder / ("tree" if pin.is_tree else Path(pin.command).name)


@contextmanager
def sole_writer(name: str, settings: Settings, tell: Tell) -> Generator[None]:
    """Holds a program's lock; tells how long another process has been waited for."""
    from filelock import FileLock, Timeout

    shelf = settings.cache / name
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        lock = FileLock(shelf / ".lock")
        started = time.monotonic()
        while True:
            try:
                lock.acquire(timeout=1)
                break
            except Timeout:
                tell(ToolProgress(name, "wait", round(time.monotonic() - started), 0))
    except OSError as error:
        raise _unwritable(shelf, error) from error
    try:
        for leftover in shelf.glob(".draft-*"):  # of a process that was killed: the lock is ours
            discard(leftover)
        yield
    finally:
        lock.release()


@contextmanager
def draft(pin: Pin, settings: Settings) -> Generator[Draft]:
    """A folder beside the final one, gone afterwards whatever happens; `keep` moves it into place before."""
    folder = settings.cache / pin.name / f".draft-{os.getpid()}"
    try:
        folder.mkdir()
        yield Draft(folder, place_in(folder, pin))
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        discard(folder)


def keep(made: Draft, pin: Pin, settings: Settings, key: str, version: str, origin: Origin) -> Tool:
    """Makes a finished draft the cached program, in one step."""
    digest = digest_of(made.program)
    label = {"name": pin.name, "version": version, "digest": digest, "origin": origin}
    with (made.folder / _LABEL).open("w", encoding="utf-8") as file:
        json.dump(label, file)
        file.flush()
        os.fsync(file.fileno())
    final = settings.cache / pin.name / key
    discard(final)
    made.folder.rename(final)
    return Tool(pin.name, version, place_in(final, pin), digest, origin)


def discard(folder: Path) -> None:
    """Removes a folder, read-only parts too (Go's module cache has them)."""
    if folder.is_dir():
        for entry in folder.rglob("*"):
            if entry.is_dir() and not entry.is_symlink():
                entry.chmod(0o700)
        shutil.rmtree(folder)


def _unwritable(folder: Path, error: OSError) -> ToolError:
    return ToolError(
        "tool-cache-unwritable",
        "The cache of programs cannot be written",
        f"{folder}: {error.strerror or error}",
        "Free space or mend the rights there, or set XDG_CACHE_HOME to a folder that can be written.",
    )
