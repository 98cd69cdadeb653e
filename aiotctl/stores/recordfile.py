"""How a record is spelt in its file.

Two lines that together are one JSON object: a header (version, lineage, serial, checksum) and the rest. The
checksum is taken over the second line as it stands, so that a torn or edited file is noticed before any of it
is believed, and the header alone tells the version. The digests of shared parts and the needs of units are
kept once for each set of them that occurs, and each secret's fingerprint once for all units that were given
it, which is what makes a record of ten thousand units small and quick to read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from aiotctl.model.codec import decode, digest
from aiotctl.model.record import RECORD_VERSION, Record, UnitRecord

FORMAT = "aiotctl-record"


class DamagedError(ValueError):
    """The bytes are no whole record; the text says why."""


class _Common(NamedTuple):
    """What many units share, each with its number: digests of parts, fingerprints of secrets, needs."""

    shared: dict[tuple[tuple[str, str], ...], int]
    secrets: dict[tuple[str, str], int]
    needs: dict[tuple[str, ...], int]


class Header(NamedTuple):
    """The first line: enough to judge a file without reading the rest."""

    format: str
    version: int
    lineage: str
    serial: int
    aiotctl: str
    checksum: str


def dump(record: Record) -> bytes:
    """The bytes of a record."""
    common = _Common({}, {}, {})
    units = {address: _unit_to_json(unit, common) for address, unit in record.units.items()}
    rest = {
        "blueprint": record.blueprint,
        "environment": record.environment,
        "checked_at": record.checked_at,
        "outputs": dict(record.outputs),
        "parts": dict(record.parts),
        "shared": [dict(pairs) for pairs in common.shared],
        "secrets": list(common.secrets),
        "needs": list(common.needs),
        "units": units,
    }
    body = b'"record":' + _compact(rest)
    header = Header(FORMAT, record.version, record.lineage, record.serial, record.aiotctl, digest(body))
    return b'{"header":' + _compact(header._asdict()) + b",\n" + body + b"}\n"


def header_of(line: bytes) -> Header:
    """The header from a file's first line; raises DamagedError."""
    try:
        fields = json.loads(line.removeprefix(b'{"header":').removesuffix(b",\n"))
        header = decode(Header, fields)
    except (ValueError, RecursionError):
        raise DamagedError("it does not begin as a record does") from None
    if header.format != FORMAT:
        raise DamagedError("it does not begin as a record does")
    return header


def load(content: bytes) -> Record:
    """The record in a file's bytes; raises DamagedError. The version must have been looked at before."""
    line, _, rest = content.partition(b"\n")
    header = header_of(line + b"\n")
    body = rest.removesuffix(b"}\n")
    if body == rest or digest(body) != header.checksum:
        raise DamagedError("its checksum does not match: it is torn, or was changed by hand")
    try:
        return _record(header, json.loads(body.removeprefix(b'"record":')))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise DamagedError(f"it holds what no record holds ({error})") from None


def _record(header: Header, rest: dict[str, Any]) -> Record:
    shared = cast(list[Mapping[str, str]], rest["shared"])
    secrets = cast(list[tuple[str, str]], rest.get("secrets", []))
    needs = [tuple(cast(list[str], one)) for one in rest.get("needs", [])]
    return Record(
        lineage=header.lineage,
        serial=header.serial,
        blueprint=rest["blueprint"],
        environment=rest["environment"],
        aiotctl=header.aiotctl,
        units={
            address: _unit_from_json(fields, shared, secrets, needs)
            for address, fields in rest["units"].items()
        },
        outputs=rest["outputs"],
        parts=rest["parts"],
        checked_at=rest["checked_at"],
        version=RECORD_VERSION,
    )


def _unit_to_json(unit: UnitRecord, common: _Common) -> list[Any]:
    return [
        unit.digest,
        unit.kind,
        common.shared.setdefault(tuple(unit.shared.items()), len(common.shared)),
        unit.own,
        unit.applied,
        unit.routes,
        dict(unit.bound),
        unit.state,
        unit.applied_at,
        unit.site,
        [common.secrets.setdefault(pair, len(common.secrets)) for pair in unit.secrets.items()],
        common.needs.setdefault(unit.needs, len(common.needs)),
    ]


def _unit_from_json(
    fields: list[Any],
    shared: list[Mapping[str, str]],
    secrets: list[tuple[str, str]],
    needs: list[tuple[str, ...]],
) -> UnitRecord:
    unit_digest, kind, parts, own, applied, routes, bound, state, applied_at, site, *later = fields
    # Records of before there were fingerprints and needs have none; the next apply of the unit writes them.
    given, needed = [*later, None, None][:2]
    return UnitRecord(
        unit_digest,
        kind,
        shared[cast(int, parts)],
        own,
        applied,
        routes,
        bound,
        state,
        applied_at,
        site,
        dict([secrets[number] for number in cast("list[int]", given or [])]),
        () if needed is None else needs[cast(int, needed)],
    )


def _compact(tree: Any) -> bytes:
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False).encode()
