"""The record in a bucket and its backups, written on the condition that it is still the one that was read."""

from __future__ import annotations

from contextlib import suppress

from aiotctl.errors import AiotctlError
from aiotctl.model.record import Record
from aiotctl.stores import record_rules, recordfile
from aiotctl.stores.blobs.protocol import Blob, Blobs
from aiotctl.stores.record_rules import KEPT, Backup
from aiotctl.stores.recordfile import DamagedError, Header

KEY = "record.json"
BACKUPS = "backups/"


class BlobRecords:
    """``record.json`` of a store and ``backups/record-<serial>.json``."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._name = blobs.name(KEY)
        self._seen: Blob | None = None

    def load(self) -> Record | None:
        """The record; None where there never was one. Raises AiotctlError when it is damaged or too new."""
        self._seen = self._blobs.get(KEY, self._seen)
        if self._seen is None:
            return self._missing()
        try:
            return record_rules.parsed(self._seen.content, self._name)
        except DamagedError as error:
            raise self._damaged(str(error)) from None

    def save(self, record: Record) -> None:
        """Replaces the record. Refused where it is damaged, too new, of another lineage or not older."""
        former = self._seen = self._seen or self._blobs.get(KEY)
        content = recordfile.dump(record)
        if former is None:
            tag = self._blobs.create(KEY, content)
        else:
            self._follow(former, record)
            tag = self._blobs.replace(KEY, content, former.tag)
        self._seen = Blob(content, tag) if tag is not None else self._refused(content, record)
        self._prune()

    def digests(self, *, backups: bool) -> frozenset[str]:
        """Every digest that the record names, or it and its backups, whatever it is the digest of."""
        keys = [KEY, *(self._newest_first() if backups else ())]
        blobs = [self._blobs.get(key) for key in keys]
        return frozenset(
            found for blob in blobs if blob is not None for found in record_rules.digests_in(blob.content)
        )

    def forget(self) -> None:
        """Keeps nothing in mind of a record that was removed."""
        self._seen = None

    def _follow(self, former: Blob, record: Record) -> None:
        """Checks that the record follows the former one, and keeps that as a backup."""
        header = self._header(former)
        record_rules.check_successor(header, record, self._name)
        self._blobs.put(BACKUPS + record_rules.backup_name(header.serial), former.content)

    def _refused(self, content: bytes, record: Record) -> Blob:
        """The record that was refused, where it is there all the same: then only the answer was lost."""
        found, self._seen = self._blobs.get(KEY), None
        if found is None:
            raise record_rules.moved(f"{self._name} is gone", record)
        if found.content != content:
            header = self._header(found)
            now = f"{self._name} is now serial {header.serial} of lineage {header.lineage}"
            raise record_rules.moved(now, record)
        return found

    def _header(self, blob: Blob) -> Header:
        try:
            header = recordfile.header_of(blob.content.partition(b"\n")[0] + b"\n")
        except DamagedError as error:
            raise self._damaged(str(error)) from None
        record_rules.check_version(header, self._name)
        return header

    def _prune(self) -> None:
        with suppress(AiotctlError):  # an old backup too many does no harm
            self._blobs.delete(self._newest_first()[KEPT:])

    def _newest_first(self) -> list[str]:
        return self._blobs.keys(BACKUPS)[::-1]

    def _newest_good(self) -> Backup | None:
        for key in self._newest_first():
            blob = self._blobs.get(key)
            with suppress(DamagedError):
                if blob is not None:
                    restore = self._blobs.copy_command(key, KEY)
                    return Backup(self._blobs.name(key), recordfile.load(blob.content), restore)
        return None

    def _missing(self) -> None:
        """No record is the first apply, unless there are backups: then somebody lost it."""
        good = self._newest_good()
        if good is not None:
            raise self._lost("record-missing", "it is not there, and its backups are", good)

    def _damaged(self, why: str) -> AiotctlError:
        return self._lost("record-damaged", why, self._newest_good())

    def _lost(self, code: str, why: str, good: Backup | None) -> AiotctlError:
        return record_rules.lost(code, self._name, why, self._blobs.name(BACKUPS), good)
