"""Record, objects, journal and lock in a bucket: the file store's promises, kept by conditional writes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager

from aiotctl.errors import failure
from aiotctl.model.record import JournalEntry, LockHolder, Record
from aiotctl.stores.blobs.document import BlobDocument
from aiotctl.stores.blobs.journal import BlobJournal
from aiotctl.stores.blobs.objects import BlobObjects
from aiotctl.stores.blobs.protocol import Blobs
from aiotctl.stores.blobs.records import KEY as RECORD
from aiotctl.stores.blobs.records import BlobRecords
from aiotctl.stores.entry import Notify
from aiotctl.stores.lease import HEARTBEAT_S, LEASE_S
from aiotctl.stores.lock import Lock

LOCK, VAULT = "lock.json", "vault.age"
_NO_TAG = {"e_tag": '"00000000000000000000000000000000"', "version": "1"}
"""Of no object that ever was."""
SPARE = 1000
"""So many objects may be out of use before it is worth deleting them."""
_FOLDERS = ("objects/", "journal/", "backups/")


class BlobStore:
    """A Store in a bucket. What lies beside its own objects below the same prefix is never touched.

    A write looks first whether the lock is still held, and is then conditional on what was read before: so a
    writer that was thought dead, and comes back after another took over, changes nothing.
    """

    def __init__(
        self, blobs: Blobs, notify: Notify, *, lease_s: float = LEASE_S, beat_s: float = HEARTBEAT_S
    ) -> None:
        self._blobs = blobs
        self._records = BlobRecords(blobs)
        self._objects = BlobObjects(blobs)
        self._journal = BlobJournal(blobs)
        self._lock = Lock(
            BlobDocument(blobs, LOCK, first=self._check_conditions), blobs.where, notify, lease_s, beat_s
        )

    def load(self) -> Record | None:
        """The record, or None before the first apply."""
        return self._records.load()

    def save(self, record: Record) -> None:
        """Writes the record; refused when the lock is another's or was lost."""
        with self._writing():
            self._records.save(record)

    def put(self, content: bytes) -> str:
        """Stores an object and returns its digest. It is durable before anything that names it is written."""
        return self._objects.put(content)

    def get(self, digest: str) -> bytes:
        """An object's bytes."""
        return self._objects.get(digest)

    def journal(self) -> tuple[JournalEntry, ...]:
        """What an apply that did not end wrote."""
        return self._journal.entries()

    def append(self, *entries: JournalEntry) -> None:
        """Writes entries of the journal durably."""
        with self._writing():
            self._journal.append(*entries)

    def clear_journal(self) -> None:
        """Forgets the journal, and the objects of former applies once they outnumber those in use."""
        with self._writing():
            self._journal.clear()
            self._objects.forget(self._records.digests, SPARE)

    def lock(self, operation: str, timeout: float) -> AbstractContextManager[str]:
        """Holds the environment's lock; ``timeout`` in seconds."""
        return self._lock.held(operation, timeout)

    def holder(self) -> LockHolder | None:
        """Who holds the lock; None where nobody does."""
        return self._lock.holder()

    def unlock(self, lock_id: str) -> None:
        """Breaks the lock with this id."""
        self._lock.break_(lock_id)

    def remove(self) -> None:
        """Forgets the environment: record, backups, objects, journal, vault and lock."""
        with self._writing():
            below = [key for folder in _FOLDERS for key in self._blobs.keys(folder)]
            self._blobs.delete(below)  # a record without its backups is no loss, the other way round it is
            self._blobs.delete((RECORD, VAULT, LOCK))
        self._records.forget()

    def _check_conditions(self, key: str) -> None:
        """Writes what must be refused over the first lock of an environment: some servers that speak S3 take
        a conditional write for an ordinary one, and two writers would both believe that they hold the lock.
        """
        if self._blobs.create(key, b"") is None and self._blobs.replace(key, b"", _NO_TAG) is None:
            return
        raise failure(
            "store-unconditional",
            "The bucket's server does not honour conditional writes",
            f"{self._blobs.name(key)} was written over, though the request said not to. Without that, two "
            "commands could change the environment at the same time.",
            "Keep the state elsewhere, or use a version of the server that supports `If-None-Match` and "
            "`If-Match` when an object is written.",
        )

    @contextmanager
    def _writing(self) -> Generator[None]:
        self._objects.settle()
        with self._lock.writing():
            yield
