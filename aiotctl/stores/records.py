"""The record's file and its backups, written so that it is always the old one or the new one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from shlex import quote

from aiotctl.errors import AiotctlError
from aiotctl.model.record import Record
from aiotctl.stores import durable, record_rules, recordfile
from aiotctl.stores.record_rules import KEPT, Backup
from aiotctl.stores.recordfile import DamagedError, Header


class Records:
    """``record.json`` of a store and ``backups/record-<serial>.json``."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "record.json"
        self._backups = folder / "backups"

    def load(self) -> Record | None:
        """The record; None where there never was one. Raises AiotctlError when it is damaged or too new."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return self._missing()
        except OSError as error:
            raise durable.unusable(self._path, error) from error
        try:
            return record_rules.parsed(content, str(self._path))
        except DamagedError as error:
            raise self._damaged(str(error)) from None

    def save(self, record: Record) -> None:
        """Replaces the record. Refused where it is damaged, too new, of another lineage or not older."""
        current = self._header()
        if current is not None:
            record_rules.check_successor(current, record, str(self._path))
        durable.make_folder(self._path.parent)
        content = recordfile.dump(record)
        if current is not None:
            self._back_up(current)
        durable.write(self._path, content)
        self._prune()

    def digests(self, *, backups: bool) -> frozenset[str]:
        """Every digest that the record names, or it and its backups, whatever it is the digest of."""
        files = [self._path, *(self._newest_first() if backups else ())]
        with durable.usable(self._path):
            texts = [path.read_bytes() for path in files if path.exists()]
        return frozenset(found for text in texts for found in record_rules.digests_in(text))

    def _header(self) -> Header | None:
        try:
            with self._path.open("rb") as file:
                header = recordfile.header_of(file.readline())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise durable.unusable(self._path, error) from error
        except DamagedError as error:
            raise self._damaged(str(error)) from None
        record_rules.check_version(header, str(self._path))
        return header

    def _back_up(self, current: Header) -> None:
        """Keeps the present record under its serial: as a link, or as a copy where there are no links."""
        durable.make_folder(self._backups)
        backup = self._backups / record_rules.backup_name(current.serial)
        with durable.usable(backup):
            backup.unlink(missing_ok=True)
            try:
                backup.hardlink_to(self._path)
            except OSError:
                durable.write(backup, self._path.read_bytes())
            durable.sync_folder(self._backups)

    def _prune(self) -> None:
        for backup in self._newest_first()[KEPT:]:
            with suppress(OSError):  # an old backup too many does no harm
                backup.unlink()

    def _newest_first(self) -> list[Path]:
        return sorted(self._backups.glob("record-*.json"), reverse=True)

    def _newest_good(self) -> Backup | None:
        for backup in self._newest_first():
            with suppress(DamagedError, OSError):
                restore = f"cp {quote(str(backup))} {quote(str(self._path))}"
                return Backup(str(backup), recordfile.load(backup.read_bytes()), restore)
        return None

    def _missing(self) -> None:
        """No record is the first apply, unless there are backups: then somebody lost it."""
        good = self._newest_good()
        if good is not None:
            raise self._lost("record-missing", "it is not there, and its backups are", good)

    def _damaged(self, why: str) -> AiotctlError:
        return self._lost("record-damaged", why, self._newest_good())

    def _lost(self, code: str, why: str, good: Backup | None) -> AiotctlError:
        return record_rules.lost(code, str(self._path), why, str(self._backups), good)
