"""The record's file and its backups, written so that it is always the old one or the new one."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from shlex import quote

from aiotctl import __version__
from aiotctl.errors import AiotctlError, failure
from aiotctl.model.record import RECORD_VERSION, Record
from aiotctl.stores import durable, recordfile
from aiotctl.stores.recordfile import DamagedError, Header

_DIGEST = re.compile(rb"sha256:[0-9a-f]{64}")
KEPT = 10
"""How many earlier records are kept."""


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
            line, newline, _ = content.partition(b"\n")
            self._known(recordfile.header_of(line + newline))
            return recordfile.load(content)
        except DamagedError as error:
            raise self._damaged(str(error)) from None

    def save(self, record: Record) -> None:
        """Replaces the record. Refused where it is damaged, too new, of another lineage or not older."""
        current = self._header()
        if current is not None:
            self._successor(current, record)
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
        return frozenset(found.decode() for text in texts for found in _DIGEST.findall(text))

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
        self._known(header)
        return header

    def _known(self, header: Header) -> None:
        if header.version > RECORD_VERSION:
            raise failure(
                "record-newer",
                "The record was written by a newer aiotctl",
                f"{self._path} has version {header.version}, written by aiotctl {header.aiotctl}; this is "
                f"aiotctl {__version__}, which knows version {RECORD_VERSION}. Nothing was touched.",
                f"Use aiotctl {header.aiotctl} or later for this environment.",
            )

    def _successor(self, current: Header, record: Record) -> None:
        if current.lineage != record.lineage or current.serial >= record.serial:
            raise failure(
                "record-moved",
                "The record was written by another command in the meantime",
                f"{self._path} is now serial {current.serial} of lineage {current.lineage}; serial "
                f"{record.serial} of {record.lineage} does not follow it. Nothing was written.",
                "Run the command again: it starts from the record as it is now.",
            )

    def _back_up(self, current: Header) -> None:
        """Keeps the present record under its serial: as a link, or as a copy where there are no links."""
        durable.make_folder(self._backups)
        backup = self._backups / f"record-{current.serial:08d}.json"
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

    def _newest_good(self) -> tuple[Path, Record] | None:
        for backup in self._newest_first():
            with suppress(DamagedError, OSError):
                return backup, recordfile.load(backup.read_bytes())
        return None

    def _missing(self) -> None:
        """No record is the first apply, unless there are backups: then somebody lost it."""
        good = self._newest_good()
        if good is not None:
            raise self._lost("it is not there, and its backups are", "record-missing", good)

    def _damaged(self, why: str) -> AiotctlError:
        return self._lost(why, "record-damaged", self._newest_good())

    def _lost(self, why: str, code: str, good: tuple[Path, Record] | None) -> AiotctlError:
        summary = "The record of what was applied is damaged or gone"
        if good is None:
            return failure(
                code,
                summary,
                f"{self._path}: {why}. No good backup is left in {self._backups}.",
                f"Put {self._path} back from a copy of your own. Without one, move it away and run "
                "`aiotctl apply`: it begins a new record, and each host is asked what it has.",
            )
        backup, record = good
        return failure(
            code,
            summary,
            f"{self._path}: {why}. Nothing was changed. The newest good backup is {backup} (serial "
            f"{record.serial}, {len(record.units)} units).",
            f"`cp {quote(str(backup))} {quote(str(self._path))}`, then `aiotctl plan --refresh` shows what "
            "happened since.",
        )
