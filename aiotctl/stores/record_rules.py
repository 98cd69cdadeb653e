"""What holds of a record wherever it is kept: which one may follow it, and what is said of a lost one."""

from __future__ import annotations

import re
from typing import NamedTuple

from aiotctl import __version__
from aiotctl.errors import AiotctlError, failure
from aiotctl.model.record import RECORD_VERSION, Record
from aiotctl.stores import recordfile
from aiotctl.stores.recordfile import Header

KEPT = 10
"""How many earlier records are kept."""
_DIGEST = re.compile(rb"sha256:[0-9a-f]{64}")


class Backup(NamedTuple):
    """A good backup: its name, what is in it, and the command that puts it back."""

    name: str
    record: Record
    restore: str


def backup_name(serial: int) -> str:
    """The name of the backup of the record with this serial; the names sort as the serials do."""
    return f"record-{serial:08d}.json"


def digests_in(content: bytes) -> set[str]:
    """Every digest that a record's bytes name, whatever it is the digest of."""
    return {found.decode() for found in _DIGEST.findall(content)}


def parsed(content: bytes, name: str) -> Record:
    """The record in these bytes. Raises DamagedError, and AiotctlError for one of a newer version."""
    line, newline, _ = content.partition(b"\n")
    check_version(recordfile.header_of(line + newline), name)
    return recordfile.load(content)


def check_version(header: Header, name: str) -> None:
    """Raises AiotctlError for a record of a newer version."""
    if header.version > RECORD_VERSION:
        raise failure(
            "record-newer",
            "The record was written by a newer aiotctl",
            f"{name} has version {header.version}, written by aiotctl {header.aiotctl}; this is "
            f"aiotctl {__version__}, which knows version {RECORD_VERSION}. Nothing was touched.",
            f"Use aiotctl {header.aiotctl} or later for this environment.",
        )


def check_successor(current: Header, record: Record, name: str) -> None:
    """Raises AiotctlError for a record that does not follow the one that is there."""
    if current.lineage != record.lineage or current.serial >= record.serial:
        raise moved(f"{name} is now serial {current.serial} of lineage {current.lineage}", record)


def moved(now: str, record: Record) -> AiotctlError:
    """The error for a record that does not follow: ``now`` says what is there."""
    return failure(
        "record-moved",
        "The record was written by another command in the meantime",
        f"{now}; serial {record.serial} of {record.lineage} does not follow it. Nothing was written.",
        "Run the command again: it starts from the record as it is now.",
    )


def lost(code: str, name: str, why: str, backups: str, good: Backup | None) -> AiotctlError:
    """The error for a record that is damaged or gone; ``backups`` says where its backups lie."""
    summary = "The record of what was applied is damaged or gone"
    if good is None:
        return failure(
            code,
            summary,
            f"{name}: {why}. No good backup is left in {backups}.",
            f"Put {name} back from a copy of your own. Without one, move it away and run "
            "`aiotctl apply`: it begins a new record, and each host is asked what it has.",
        )
    return failure(
        code,
        summary,
        f"{name}: {why}. Nothing was changed. The newest good backup is {good.name} (serial "
        f"{good.record.serial}, {len(good.record.units)} units).",
        f"`{good.restore}`, then `aiotctl plan --refresh` shows what happened since.",
    )
