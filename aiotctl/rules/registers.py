"""Registers: what cannot be in a table, and points that lie in each other's way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from aiotctl.catalog.protocols.modbus.kinds import BAD_REGISTER
from aiotctl.catalog.protocols.modbus.read import MOST_REGISTERS, ModbusRead, ModbusType, WireType
from aiotctl.diagnostics import Severity
from aiotctl.findings import Finding, Kind, Path
from aiotctl.model.blueprint import DeviceType
from aiotctl.rules.rule import Rule

OVERLAP = Kind(
    "register-overlap",
    "Two points that overlap in their registers",
    "A value of several registers that begins inside another one is nearly always a wrong address or "
    "type: both would be "
    "read, and one of them would be nonsense.",
)
TWICE = Kind(
    "register-twice",
    "Two points that read the same registers",
    "Reading the same registers as two values is possible, and mostly a copied line with a forgotten "
    "address.",
    Severity.WARNING,
)
WIDE = Kind(
    "register-request-too-long",
    "A value of more registers than the device gives at once",
    "A value is read in one request, or its halves could be of two moments; the device refuses a longer one.",
)
ENTRIES = 65_536
"""Entries of a table (MODBUS Application Protocol V1.1b3, section 4.4)."""

_HALVES = (WireType.INT8_LOW, WireType.INT8_HIGH, WireType.UINT8_LOW, WireType.UINT8_HIGH)


def check(kind: DeviceType) -> Iterator[Finding]:
    """Findings about the registers of a device type."""
    here: Path = ("device_types", kind.name, "points")
    most = kind.settings.request_registers if isinstance(kind.settings, ModbusType) else MOST_REGISTERS
    reads = [(point.name, point.read) for point in kind.points if isinstance(point.read, ModbusRead)]
    for name, read in reads:
        if read.address + read.registers > ENTRIES:
            last = read.address + read.registers - 1
            detail = (
                f"The value takes {read.registers} registers and would end at {last}; a table ends at 65535."
            )
            yield BAD_REGISTER.at((*here, name, "register"), detail, "Correct the address or the type.")
        if read.registers > most and not read.table.has_bits:
            detail = f"The value takes {read.registers} registers; of this type {most} come at once."
            yield WIDE.at((*here, name, "register"), detail, "Correct `registers_per_request`, or the type.")
    words = sorted(
        ((read.table, read.address, name, read) for name, read in reads if read.bit is None),
        key=lambda one: one[:2],
    )
    for (table, _, name, read), later in pairwise(words):
        if later[0] == table and later[1] < read.address + read.registers:
            yield from _meet(here, name, read, later[2], later[3])


def _meet(here: Path, name: str, read: ModbusRead, other: str, later: ModbusRead) -> Iterator[Finding]:
    where = (*here, other, "register")
    related = (((*here, name, "register"), f"`{name}` is here"),)
    if (read.address, read.registers) != (later.address, later.registers):
        last = read.address + read.registers - 1
        detail = (
            f"`{other}` begins at {later.table}/{later.address}, and `{name}` takes {read.address} to {last}."
        )
        yield OVERLAP.at(where, detail, "Correct one of the two addresses or types.", related=related)
    elif not (read.type in _HALVES and later.type in _HALVES and read.type[-1] != later.type[-1]):
        detail = f"`{other}` and `{name}` both read {later.table}/{later.address}."
        yield TWICE.at(
            where, detail, "Correct one of the addresses, or leave it if it is meant.", related=related
        )


RULE = Rule(kinds=(OVERLAP, TWICE, WIDE), of_type=check)
