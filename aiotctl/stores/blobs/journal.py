"""The journal of an apply under way, in a bucket: a row of numbered objects with some lines each.

An object cannot be appended to. The newest one is replaced by itself and the new lines, on the condition that
it is still the one that was read; grown to some size, it is followed by a new one that must not be there yet.
So an append is one write, whole or not at all, and to read all of a long journal takes few requests.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiotctl.errors import Exit, failure
from aiotctl.model.record import JournalEntry
from aiotctl.stores.blobs.protocol import Blob, Blobs, Tag
from aiotctl.stores.journal import END, lines_of, parsed, unfinished

_FOLDER = "journal/"
_FULL = 64 * 1024
"""Bytes from which on an object is followed by another."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """The newest object: its number, its lines, and its tag (None before it is written)."""

    number: int
    lines: bytes
    tag: Tag | None


class BlobJournal:
    """The objects ``journal/00000001.ndjson`` and so on of a store."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._last: _Segment | None = None

    def entries(self) -> tuple[JournalEntry, ...]:
        """The entries after the last ``end``: what an apply that did not end has written."""
        found: list[JournalEntry] = []
        for key in self._blobs.keys(_FOLDER):
            blob = self._blobs.get(key)
            if blob is not None:
                found += parsed(blob.content, self._blobs.name(key))
        return unfinished(found)

    def append(self, *entries: JournalEntry) -> None:
        """Writes entries durably, all at once."""
        last, self._last = self._last or self._newest(), None  # after a failure it is looked at anew
        if len(last.lines) >= _FULL:
            last = _Segment(last.number + 1, b"", None)
        lines = last.lines + lines_of(entries)
        key = _key(last.number)
        if last.tag is None:
            tag = self._blobs.create(key, lines)
        else:
            tag = self._blobs.replace(key, lines, last.tag)
        if tag is None:
            tag = self._own(key, lines)
        self._last = _Segment(last.number, lines, tag)

    def clear(self) -> None:
        """Forgets all entries. The newest object goes last: after its ``end`` nothing is left to do."""
        self._last = None
        keys = self._blobs.keys(_FOLDER)
        if len(keys) > 1:
            self.append(JournalEntry(END))
            self._last = None
            keys = self._blobs.keys(_FOLDER)
            self._blobs.delete(keys[:-1])
        if keys:
            self._blobs.delete(keys[-1:])

    def _newest(self) -> _Segment:
        keys = self._blobs.keys(_FOLDER)
        if not keys:
            return _Segment(1, b"", None)
        number = int(keys[-1].removeprefix(_FOLDER).partition(".")[0])
        blob = self._blobs.get(keys[-1])
        return _Segment(number, blob.content, blob.tag) if blob is not None else _Segment(number, b"", None)

    def _own(self, key: str, lines: bytes) -> Tag:
        """The tag of lines that were refused, where they are there all the same: the answer was lost."""
        found: Blob | None = self._blobs.get(key)
        if found is not None and found.content == lines:
            return found.tag
        raise failure(
            "journal-moved",
            "Another command writes the journal of this environment",
            f"{self._blobs.name(key)} is no longer what this command wrote. Nothing more was written.",
            "Run the command again when nobody else works on this environment.",
            Exit.LOCKED,
        )


def _key(number: int) -> str:
    return f"{_FOLDER}{number:08d}.ndjson"
