"""Content-addressed objects in a bucket: each is written once under its digest, checked when it is read.

They are many and small, and a bucket is far away: so they are written beside the work, several at a time, and
whoever writes what names them waits first until they are there.
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from aiotctl.model.codec import digest
from aiotctl.stores.blobs.protocol import Blobs
from aiotctl.stores.objects import key_of, missing, packed, unpacked

_FOLDER = "objects/"
_AT_A_TIME = 16


class Digests(Protocol):
    """Tells which digests the record names, or it and its backups."""

    def __call__(self, *, backups: bool) -> Collection[str]:
        """Those digests, and perhaps some that are none of objects."""
        ...


class BlobObjects:
    """The objects ``objects/ab/cdef…`` of a store, gzip-compressed."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._stored: set[str] = set()
        self._under_way: list[Future[None]] = []
        self._pool: ThreadPoolExecutor | None = None

    def put(self, content: bytes) -> str:
        """Begins to store some bytes and returns their digest; ``settle`` waits until they are durable."""
        name = digest(content)
        if name not in self._stored:
            self._stored.add(name)
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="objects")
            self._under_way.append(self._pool.submit(self._put, name, content))
        return name

    def settle(self) -> None:
        """Waits until all that was put is stored; raises AiotctlError where something could not be."""
        under_way, self._under_way = self._under_way, []
        try:
            for one in under_way:
                one.result()
        except BaseException:
            self._stored.clear()  # what was not stored is to be tried again
            raise

    def get(self, name: str) -> bytes:
        """The bytes with this digest."""
        key = _FOLDER + key_of(name)
        self.settle()
        blob = self._blobs.get(key)
        if blob is None:
            raise missing(name, self._blobs.name(key), self._blobs.name(_FOLDER))
        return unpacked(name, blob.content, self._blobs.name(key))

    def forget(self, digests: Digests, spare: int) -> None:
        """Deletes what neither the record nor a backup names, where there is more than ``spare`` of it."""
        self.settle()
        keys = self._blobs.keys(_FOLDER)
        if len(keys) <= spare or len(keys) <= spare + 2 * len(digests(backups=False)):
            return
        used = {_FOLDER + key_of(name) for name in digests(backups=True)}
        self._stored.clear()
        self._blobs.delete([key for key in keys if key not in used])

    def _put(self, name: str, content: bytes) -> None:
        self._blobs.create(_FOLDER + key_of(name), packed(content))
