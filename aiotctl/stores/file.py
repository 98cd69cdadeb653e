"""Record, objects, journal and lock in a folder, by default ``.aiotctl/<environment>/`` of the project."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from aiotctl.model.record import JournalEntry, LockHolder, Record
from aiotctl.stores import durable
from aiotctl.stores.document import FileDocument
from aiotctl.stores.entry import Notify, StoreEntry, folder_of
from aiotctl.stores.journal import Journal
from aiotctl.stores.lease import HEARTBEAT_S, LEASE_S
from aiotctl.stores.lock import Lock
from aiotctl.stores.objects import Objects
from aiotctl.stores.records import Records
from aiotctl.stores.vault import open_vault

if TYPE_CHECKING:
    from aiotctl.engine.protocols import Store, Vault

SPARE = 1000
"""So many objects may be out of use before it is worth looking for them."""


class FileStore:
    """A Store in a folder. Nothing is made before something is written; the folder is its owner's alone."""

    def __init__(
        self, folder: Path, notify: Notify, *, lease_s: float = LEASE_S, beat_s: float = HEARTBEAT_S
    ) -> None:
        self._folder = folder
        self._records = Records(folder)
        self._objects = Objects(folder / "objects")
        self._journal = Journal(folder / "journal.ndjson")
        self._lock = Lock(
            FileDocument(folder / "lock.json", folder / "lock.guard"),
            str(folder.absolute()),
            notify,
            lease_s,
            beat_s,
            lambda: durable.sweep(folder),
        )

    def load(self) -> Record | None:
        """The record, or None before the first apply."""
        return self._records.load()

    def save(self, record: Record) -> None:
        """Writes the record; refused when the lock is another's or was lost."""
        durable.make_folder(self._folder)
        with self._lock.writing():
            self._records.save(record)

    def put(self, content: bytes) -> str:
        """Stores an object and returns its digest."""
        return self._objects.put(content)

    def get(self, digest: str) -> bytes:
        """An object's bytes."""
        return self._objects.get(digest)

    def journal(self) -> tuple[JournalEntry, ...]:
        """What an apply that did not end wrote."""
        return self._journal.entries()

    def append(self, *entries: JournalEntry) -> None:
        """Writes entries of the journal durably."""
        durable.make_folder(self._folder)
        with self._lock.writing():
            self._journal.append(*entries)

    def clear_journal(self) -> None:
        """Forgets the journal, and the objects of former applies once they outnumber those in use."""
        durable.make_folder(self._folder)
        with self._lock.writing():
            self._journal.clear()
            if self._objects.count() > SPARE + 2 * len(self._records.digests(backups=False)):
                self._objects.keep(self._records.digests(backups=True))

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
        self._journal.close()
        with durable.usable(self._folder):
            if not self._folder.is_dir():
                return
        with self._lock.writing(), durable.usable(self._folder):
            shutil.rmtree(self._folder)


def _store(location: str, notify: Notify) -> Store:
    return FileStore(folder_of(location), notify)


def _vault(location: str, project: Path) -> Vault:
    return open_vault(folder_of(location), project)


def _pulumi(location: str, folder: str) -> str:
    return f"file://{folder_of(location).absolute() / folder}"


ENTRY = StoreEntry(store=_store, vault=_vault, pulumi=_pulumi)
