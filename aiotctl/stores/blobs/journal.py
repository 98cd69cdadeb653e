"""The journal of an apply under way, in a bucket: a row of numbered objects, one for each append.

An object cannot be appended to, and some clouds let one object be written about once a second. So each append
makes an object of its own, the next in the row, which must not be there yet: whole or not at all, and two
writers cannot make the same one.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from aiotctl.errors import Exit, failure
from aiotctl.model.record import JournalEntry
from aiotctl.stores.blobs.protocol import Blobs
from aiotctl.stores.journal import END, lines_of, parsed, unfinished

_FOLDER = "journal/"
_AT_A_TIME = 16


class BlobJournal:
    """The objects ``journal/00000001.ndjson`` and so on of a store."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._next: int | None = None

    def entries(self) -> tuple[JournalEntry, ...]:
        """The entries after the last ``end``: what an apply that did not end has written."""
        keys = self._blobs.keys(_FOLDER)
        if not keys:
            return ()
        with ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="journal") as pool:
            return unfinished(entry for found in pool.map(self._read, keys) for entry in found)

    def append(self, *entries: JournalEntry) -> None:
        """Writes entries durably, all at once."""
        number, self._next = self._next or self._free(), None  # after a failure it is looked for anew
        key, lines = f"{_FOLDER}{number:08d}.ndjson", lines_of(entries)
        if self._blobs.create(key, lines) is None:
            self._check_own(key, lines)
        self._next = number + 1

    def clear(self) -> None:
        """Forgets all entries. The newest object goes last: after its ``end`` nothing is left to do."""
        keys = self._blobs.keys(_FOLDER)
        if len(keys) > 1:
            self.append(JournalEntry(END))
            keys = self._blobs.keys(_FOLDER)
            self._blobs.delete(keys[:-1])
        self._blobs.delete(keys[-1:])
        self._next = None

    def _read(self, key: str) -> list[JournalEntry]:
        blob = self._blobs.get(key)
        return parsed(blob.content, self._blobs.name(key)) if blob is not None else []

    def _free(self) -> int:
        keys = self._blobs.keys(_FOLDER)
        return int(keys[-1].removeprefix(_FOLDER).partition(".")[0]) + 1 if keys else 1

    def _check_own(self, key: str, lines: bytes) -> None:
        """Raises AiotctlError unless what was refused is there all the same: then the answer was lost."""
        found = self._blobs.get(key)
        if found is not None and found.content == lines:
            return
        raise failure(
            "journal-moved",
            "Another command writes the journal of this environment",
            f"{self._blobs.name(key)} is not what this command wrote. Nothing more was written.",
            "Run the command again when nobody else works on this environment.",
            Exit.LOCKED,
        )
