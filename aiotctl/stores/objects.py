"""Content-addressed objects: each is kept once under its digest and checked whenever it is read."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

from aiotctl.errors import AiotctlError, failure
from aiotctl.model.codec import digest
from aiotctl.stores import durable

_DIGEST = re.compile(r"sha256:([0-9a-f]{2})([0-9a-f]{62})")


class Objects:
    """The folder ``objects/ab/cdef…`` of a store, gzip-compressed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Stores some bytes durably and returns their digest; what is there already is left alone."""
        name = digest(content)
        path = self._path(name)
        with durable.usable(path):
            stored = path.exists()
        if not stored:
            durable.make_folder(path.parent)
            durable.write(path, packed(content))
        return name

    def get(self, name: str) -> bytes:
        """The bytes with this digest."""
        path = self._path(name)
        try:
            stored = path.read_bytes()
        except FileNotFoundError:
            raise missing(name, str(path), str(self._folder)) from None
        except OSError as error:
            raise durable.unusable(path, error) from error
        return unpacked(name, stored, str(path))

    def count(self) -> int:
        """How many objects there are."""
        with durable.usable(self._folder):
            return sum(1 for _ in self._stored())

    def keep(self, names: Collection[str]) -> None:
        """Deletes every object whose digest is not among these."""
        with durable.usable(self._folder):
            for path in self._stored():
                if f"sha256:{path.parent.name}{path.name}" not in names:
                    path.unlink()

    def _stored(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("??/*") if len(path.name) == 62)

    def _path(self, name: str) -> Path:
        return self._folder / key_of(name)


def key_of(name: str) -> str:
    """Where the object with this digest lies below ``objects``; raises ValueError for what is no digest."""
    found = _DIGEST.fullmatch(name)
    if found is None:
        raise ValueError(f"not a digest: {name!r}")
    return f"{found[1]}/{found[2]}"


def packed(content: bytes) -> bytes:
    """An object's bytes as they are stored."""
    return gzip.compress(content, compresslevel=1, mtime=0)


def unpacked(name: str, stored: bytes, where: str) -> bytes:
    """An object's bytes, from what is stored at ``where``; raises AiotctlError where they are not its own."""
    try:
        content = gzip.decompress(stored)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        content = b""
    if digest(content) != name:
        raise failure(
            "object-damaged",
            "Something that was applied is damaged in the environment's state",
            f"{where} does not hold what its name says.",
            "Put it back from a copy, or delete it: it is written again when it is applied again.",
        )
    return content


def missing(name: str, where: str, folder: str) -> AiotctlError:
    """The error for an object that the record names and that is not there."""
    return failure(
        "object-missing",
        "Something that was applied is no longer in the environment's state",
        f"The record names {name}, and {where} is not there.",
        f"Put {folder} back from a copy.",
    )
