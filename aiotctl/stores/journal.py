"""The journal of an apply under way: one line of JSON an entry, on the disk before the next thing is done."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from aiotctl.errors import failure
from aiotctl.model.codec import CodecError, canonical, decode
from aiotctl.model.record import JournalEntry
from aiotctl.stores import durable

END = "end"


class Journal:
    """The file ``journal.ndjson`` of a store. A last line that a crash tore was never promised: dropped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def entries(self) -> tuple[JournalEntry, ...]:
        """The entries after the last ``end``: what an apply that did not end has written."""
        return unfinished(self._all())

    def append(self, *entries: JournalEntry) -> None:
        """Writes entries durably, in one go."""
        with durable.usable(self._path):
            if self._descriptor is None:
                self._descriptor = self._open()
            size = os.fstat(self._descriptor).st_size
            lines = lines_of(entries)
            try:
                written = os.write(self._descriptor, lines)
                while written < len(lines):
                    written += os.write(self._descriptor, lines[written:])
            except OSError:
                os.ftruncate(self._descriptor, size)  # nothing half in front of the next one
                raise
            os.fdatasync(self._descriptor)

    def clear(self) -> None:
        """Forgets all entries."""
        self.close()
        with durable.usable(self._path):
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Lets go of the file; the next append opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        """The file, ready to be appended to: without the torn line that a crash may have left at its end."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        whole = _whole_length(self._path.read_bytes())
        os.ftruncate(descriptor, whole)
        durable.sync_folder(self._path.parent)
        return descriptor

    def _all(self) -> list[JournalEntry]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise durable.unusable(self._path, error) from error
        return parsed(content[: _whole_length(content)], str(self._path))


def lines_of(entries: Iterable[JournalEntry]) -> bytes:
    """Entries as they are written: a line each."""
    return b"".join(canonical(entry) + b"\n" for entry in entries)


def unfinished(entries: Iterable[JournalEntry]) -> tuple[JournalEntry, ...]:
    """The entries after the last ``end``: what an apply that did not end has written."""
    found: list[JournalEntry] = []
    for entry in entries:
        found.append(entry)
        if entry.phase == END:
            found.clear()
    return tuple(found)


def parsed(content: bytes, name: str) -> list[JournalEntry]:
    """The entries in whole lines; raises AiotctlError for a line that is none."""
    return [_entry(line, number, name) for number, line in enumerate(content.splitlines(), start=1)]


def _entry(line: bytes, number: int, name: str) -> JournalEntry:
    try:
        return _parse(line)
    except ValueError:
        raise failure(
            "journal-damaged",
            "The journal of the last apply is damaged",
            f"{name}, line {number} is no entry, and whole entries come after it.",
            f"Move {name} away, then run `aiotctl apply`: it looks at every host again.",
        ) from None


def _whole_length(content: bytes) -> int:
    """How many bytes are whole lines; what follows was being written when machine or program stopped."""
    end = content.rfind(b"\n") + 1
    while end:
        start = content.rfind(b"\n", 0, end - 1) + 1
        try:
            _parse(content[start : end - 1])
        except ValueError:
            end = start
        else:
            break
    return end


def _parse(line: bytes) -> JournalEntry:
    try:
        return decode(JournalEntry, json.loads(line))
    except (CodecError, RecursionError) as error:
        raise ValueError(str(error)) from error
