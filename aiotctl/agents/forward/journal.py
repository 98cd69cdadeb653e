"""A journal of messages on the disk: appended, read in order, and forgotten from its old end.

It is a folder of segments, files named after the number of their first record. A record is its length, its
CRC-32 and its bytes. What a power cut left half written at the end is cut off when the journal is opened.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HEAD = struct.Struct(">II")
SEGMENTS = 16
"""A limit is kept to within this fraction of it: the oldest segment goes as a whole."""

LARGEST_SEGMENT = 4 * 2**20
SMALLEST_SEGMENT = 64 * 2**10


@dataclass
class Segment:
    """One file: the numbers ``first`` to ``first + count - 1``. ``mark`` is where a reader came to in it: how
    many records lie before, and how many bytes.
    """

    path: Path
    first: int
    count: int
    size: int
    mark: tuple[int, int] = (0, 0)

    @property
    def end(self) -> int:
        """The number after its last record."""
        return self.first + self.count


class Journal:
    """The journal in a folder. ``limit`` and ``reserve`` in bytes: what it may take, and what must stay free
    on its disk.
    """

    def __init__(self, folder: Path, limit: int, reserve: int = 0, first: int = 0) -> None:
        self.folder, self.limit, self.reserve = folder, limit, reserve
        self.segment_size = min(LARGEST_SEGMENT, max(SMALLEST_SEGMENT, limit // SEGMENTS))
        folder.mkdir(parents=True, exist_ok=True)
        self.segments = [_scanned(path) for path in sorted(folder.glob("*.log"))]
        if not self.segments:
            self._begin(first)
        last = self.segments[-1]
        self._file = last.path.open("r+b")
        self._file.truncate(last.size)
        self._file.seek(last.size)

    @property
    def first(self) -> int:
        """Number of the oldest record that is kept."""
        return self.segments[0].first

    @property
    def end(self) -> int:
        """The number that the next record gets."""
        return self.segments[-1].end

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(segment.size for segment in self.segments)

    def append(self, records: Sequence[bytes]) -> None:
        """Adds records; they are on the disk when this returns. Raises OSError where the disk takes no more,
        and has then added none.
        """
        last = self.segments[-1]
        if last.size >= self.segment_size:
            self._file.close()
            last = self._begin(last.end)
            self._file = last.path.open("r+b")
        text = b"".join(HEAD.pack(len(one), zlib.crc32(one)) + one for one in records)
        try:
            self._file.write(text)
            self._file.flush()
            os.fdatasync(self._file.fileno())
        except OSError:
            self._take_back(last.size)
            raise
        last.count += len(records)
        last.size += len(text)

    def is_full(self) -> bool:
        """Whether it takes more than it may, or leaves less free than it must."""
        return self.size > self.limit or self._free() < self.reserve

    def drop_oldest(self) -> Segment | None:
        """Forgets the oldest segment; None where only the one that is written to is left."""
        if len(self.segments) == 1:
            return None
        oldest = self.segments.pop(0)
        oldest.path.unlink(missing_ok=True)
        return oldest

    def forget(self, before: int) -> None:
        """Forgets segments that hold only records before this number."""
        while len(self.segments) > 1 and self.segments[0].end <= before:
            self.drop_oldest()

    def read(self, number: int) -> Iterator[tuple[int, bytes]]:
        """Records from this number (or the oldest) to the last one, as they are now."""
        for segment in list(self.segments):
            if segment.end > number:
                yield from _from(segment, number)

    def close(self) -> None:
        """Closes the file that is written to."""
        self._file.close()

    def _begin(self, first: int) -> Segment:
        path = self.folder / f"{first:020d}.log"
        path.touch(mode=0o600)
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.segments.append(Segment(path, first, 0, 0))
        return self.segments[-1]

    def _take_back(self, size: int) -> None:
        """What was written in part goes, by a new handle: the old one still holds what it could not write."""
        self._file.detach().close()
        self._file = self.segments[-1].path.open("r+b")
        self._file.truncate(size)
        self._file.seek(size)

    def _free(self) -> int:
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize


def _scanned(path: Path) -> Segment:
    """A segment up to its first record that is not whole."""
    segment = Segment(path, int(path.stem), 0, 0)
    for record in _records(path, 0):
        segment.count += 1
        segment.size += HEAD.size + len(record)
    return segment


def _from(segment: Segment, number: int) -> Iterator[tuple[int, bytes]]:
    """Whoever reads on where the last one ended does not begin at the segment's beginning again."""
    place, offset = segment.mark if segment.first + segment.mark[0] <= number else (0, 0)
    for record in _records(segment.path, offset):
        if place >= segment.count:
            return
        place, offset = place + 1, offset + HEAD.size + len(record)
        if segment.first + place > number:
            segment.mark = (place, offset)
            yield segment.first + place - 1, record


def _records(path: Path, offset: int) -> Iterator[bytes]:
    """The whole records of a file from a place on, in order."""
    try:
        file = path.open("rb")
    except FileNotFoundError:  # forgotten meanwhile
        return
    with file:
        file.seek(offset)
        while len(head := file.read(HEAD.size)) == HEAD.size:
            length, check = HEAD.unpack(head)
            record = file.read(length)
            if len(record) < length or zlib.crc32(record) != check:
                return
            yield record
