"""The last lines of log files, and those that come."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

_BLOCK = 1 << 16
POLLED_EVERY_S = 0.25


def last_lines(path: Path, number: int) -> list[str]:
    """The last lines of a file, none where it cannot be read; reads no more of it than they need."""
    try:
        with path.open("rb") as file:
            left = file.seek(0, os.SEEK_END)
            content = b""
            while left > 0 and content.count(b"\n") <= number:
                step = min(_BLOCK, left)
                left -= step
                file.seek(left)
                content = file.read(step) + content
    except OSError:
        return []
    return [line.decode("utf-8", "replace") for line in content.splitlines()[-number:]] if number else []


def follow(files: Mapping[str, Path], stop: Callable[[], bool]) -> Iterator[tuple[str, str]]:
    """Lines that come from now on, as (name, line), until ``stop``. A file that is rotated away or made anew
    is followed.
    """
    return _coming({name: _Followed(path) for name, path in files.items()}, stop)


def _coming(followed: Mapping[str, _Followed], stop: Callable[[], bool]) -> Iterator[tuple[str, str]]:
    while not stop():
        came = False
        for name, file in followed.items():
            for line in file.lines():
                came = True
                yield name, line
        if not came:
            time.sleep(POLLED_EVERY_S)


class _Followed:
    """One file from where it ends now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode, self._offset = self._where()
        self._unfinished = b""

    def lines(self) -> list[str]:
        """Whole lines that came since."""
        inode, size = self._where()
        if inode != self._inode or size < self._offset:
            self._inode, self._offset, self._unfinished = inode, 0, b""
        if size == self._offset:
            return []
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                came = file.read()
        except OSError:
            return []
        self._offset += len(came)
        *whole, self._unfinished = (self._unfinished + came).split(b"\n")
        return [line.decode("utf-8", "replace") for line in whole]

    def _where(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return 0, 0
        return found.st_ino, found.st_size
