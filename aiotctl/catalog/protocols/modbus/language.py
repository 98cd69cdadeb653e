"""The Modbus part of the language."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import cast

from aiotctl.catalog.protocol import Data, Limits, Report
from aiotctl.catalog.protocols.modbus.kinds import BAD_REGISTER, BIT_TYPE, LENGTH, ORDER, SCALED
from aiotctl.catalog.protocols.modbus.read import (
    MOST_REGISTERS,
    REGISTERS,
    ModbusDevice,
    ModbusRead,
    ModbusType,
    Table,
    WireType,
)
from aiotctl.catalog.protocols.modbus.wire import limits
from aiotctl.findings import Path
from aiotctl.model.blueprint import Json, Read, ValueType
from aiotctl.quantities import DURATION_PATTERN, duration_ms

REGISTER_PATTERN = r"^((coil|discrete|input|holding)/[0-9]{1,5}|[0134][0-9]{4,5})$"
_REGISTER: dict[str, Json] = {
    "type": ["string", "integer"],
    "pattern": REGISTER_PATTERN,
    "examples": ["holding/100", "input/0", "40101"],
    "description": "Table and zero-based protocol address (`holding/100`), or the manual's Modicon number "
    "(`40101`, "
    "`400101`).",
}
_ORDER: dict[str, Json] = {"enum": ["big", "little"]}

POINT: dict[str, Json] = {
    "register": _REGISTER,
    "type": {
        "enum": [str(kind) for kind in WireType],
        "description": "How the registers are read as a value. Default: `bit` for coils, discrete inputs "
        "and with `bit:`, "
        "else `uint16`.",
    },
    "word_order": {
        **_ORDER,
        "description": "Which register of a value that takes several comes first: the most significant "
        "(`big`) or "
        "the least.",
        "default": "big",
    },
    "byte_order": {
        **_ORDER,
        "description": "Which byte of a register comes first: the most significant (`big`) or the least.",
        "default": "big",
    },
    "scale": {"type": "number", "description": "The raw value is multiplied by this.", "default": 1},
    "offset": {"type": "number", "description": "This is added after scaling.", "default": 0},
    "scale_register": {
        **_REGISTER,
        "description": "A signed 16-bit register that holds a power of ten by which the value is multiplied.",
    },
    "bit": {
        "type": "integer",
        "minimum": 0,
        "maximum": 15,
        "description": "One bit of the register; 0 is the least significant.",
    },
    "length": {
        "type": "integer",
        "minimum": 1,
        "maximum": 250,
        "description": "Characters of a string; two fit a register.",
    },
}
TYPE: dict[str, Json] = {
    "read_gaps": {
        "type": "boolean",
        "description": "Whether undefined registers between points may be read, which saves requests. "
        "Strict devices "
        "answer with an exception.",
        "default": False,
    },
    "connections": {
        "type": "integer",
        "minimum": 0,
        "maximum": 64,
        "description": "How many connections the device serves at once; 0: no limit known.",
        "default": 0,
    },
    "answer_time": {
        "type": "string",
        "pattern": DURATION_PATTERN,
        "description": "Time the device takes for one request.",
        "default": "20ms",
    },
    "registers_per_request": {
        "type": "integer",
        "minimum": 1,
        "maximum": MOST_REGISTERS,
        "description": "Registers that the device gives at once; many give fewer than the standard's 125.",
        "default": MOST_REGISTERS,
    },
}
_UNIT: dict[str, Json] = {
    "unit_id": {
        "type": "integer",
        "minimum": 0,
        "maximum": 255,
        "description": "Unit (slave) id behind the endpoint.",
        "default": 1,
    },
}
_SERIAL: dict[str, Json] = {
    "baud": {
        "type": "integer",
        "minimum": 300,
        "maximum": 4000000,
        "description": "Bits per second of the serial line.",
        "default": 9600,
    },
    "parity": {
        "enum": ["none", "even", "odd"],
        "description": "Parity of the serial line.",
        "default": "none",
    },
    "data_bits": {"enum": [7, 8], "description": "Data bits of the serial line.", "default": 8},
    "stop_bits": {"enum": [1, 2], "description": "Stop bits of the serial line.", "default": 1},
}
DEVICE: dict[str, dict[str, Json]] = {
    "modbus-tcp": _UNIT,
    "modbus-rtu-over-tcp": _UNIT,
    "modbus-rtu": {**_UNIT, **_SERIAL},
}
FRAMING = {"modbus-tcp": "tcp", "modbus-rtu-over-tcp": "rtu-over-tcp", "modbus-rtu": "rtu"}

_HOST_PORT = re.compile(
    r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::([0-9]{1,5}))?"
)
_SERIAL_PORT = re.compile(r"(?:serial://)?(/dev/[A-Za-z0-9_./:+-]{1,200})")
_MODICON = {"0": Table.COIL, "1": Table.DISCRETE, "3": Table.INPUT, "4": Table.HOLDING}
_SIXTY_FOUR_BITS = (WireType.INT64, WireType.UINT64)
_FLOATS = (WireType.FLOAT16, WireType.FLOAT32, WireType.FLOAT64)


def register(written: str | int) -> tuple[Table, int] | None:
    """Table and zero-based address of ``holding/100`` or of the Modicon number ``40101``; None where it is
    neither."""
    text = str(written)
    if re.match(REGISTER_PATTERN, text) is None:
        return None
    table, slash, number = text.partition("/")
    if slash:
        return Table(table), int(number)
    entry = int(text[1:])
    return (_MODICON[text[0]], entry - 1) if entry else None


def modicon(table: Table, address: int) -> str:
    """The Modicon number of a register, with five digits where they are enough."""
    digit = next(digit for digit, named in _MODICON.items() if named is table)
    return f"{digit}{address + 1:04d}" if address < 9999 else f"{digit}{address + 1:05d}"


def read_point(protocol: str, data: Data, path: Path, report: Report) -> tuple[Read, ValueType] | None:
    """One point."""
    place = _register(data, "register", path, report)
    if place is None:
        return None
    table, number = place
    bit = cast("int | None", data.get("bit"))
    default = WireType.BIT if table.has_bits or bit is not None else WireType.UINT16
    wire = WireType(data.get("type", default))
    if not _fits(wire, table, bit, data, path, report):
        return None
    if data.get("scale", 1) == 0:
        report(SCALED.at((*path, "scale"), "Every value would become the offset.", "Write another factor."))
        return None
    scale_register = None
    if "scale_register" in data:
        scale_register = _register(data, "scale_register", path, report)
        if scale_register is None:
            return None
        if scale_register[0].has_bits:
            detail = "A single bit cannot hold a power of ten."
            report(BIT_TYPE.at((*path, "scale_register"), detail, "Name a holding or input register."))
            return None
    length = int(data.get("length", 0))
    read = ModbusRead(
        table=table,
        address=number,
        type=wire,
        registers=(length + 1) // 2 if wire is WireType.STRING else REGISTERS.get(wire, 1),
        word_order=str(data.get("word_order", "big")),
        byte_order=str(data.get("byte_order", "big")),
        scale=Decimal(data.get("scale", 1)),
        offset=Decimal(data.get("offset", 0)),
        bit=bit,
        scale_register=scale_register,
    )
    return read, value_type(read)


def value_type(read: ModbusRead) -> ValueType:
    """What the value is after scaling: 64-bit integers stay exact, other scaled values are floats."""
    if read.type is WireType.BIT:
        return ValueType.BOOLEAN
    if read.type is WireType.STRING:
        return ValueType.TEXT
    if read.type in _FLOATS:
        return ValueType.FLOAT
    scaled = read.scale != 1 or read.offset != 0 or read.scale_register is not None
    if read.type in _SIXTY_FOUR_BITS:
        return ValueType.DECIMAL if scaled or read.type is WireType.UINT64 else ValueType.INTEGER
    return ValueType.FLOAT if scaled else ValueType.INTEGER


def _register(data: Data, key: str, path: Path, report: Report) -> tuple[Table, int] | None:
    place = register(data[key])
    if place is not None and place[1] <= 0xFFFF:
        return place
    detail = f"`{data[key]}` names no register: addresses go from 0 to 65535, Modicon numbers start at 1."
    report(
        BAD_REGISTER.at((*path, key), detail, "Write it as `holding/100`, or as the manual's number `40101`.")
    )
    return None


def _fits(wire: WireType, table: Table, bit: int | None, data: Data, path: Path, report: Report) -> bool:
    """Whether type, table and the keys beside them go together."""
    before = wire
    if table.has_bits and (wire is not WireType.BIT or bit is not None):
        key = "bit" if bit is not None else "type"
        detail = f"An entry of the table `{table}` is a single bit; `{key}` does not apply to it."
        report(BIT_TYPE.at((*path, key), detail, f"Remove `{key}`, or name a holding or input register."))
        return False
    if not table.has_bits and (wire is WireType.BIT) != (bit is not None):
        detail = "A single bit of a register needs both its number and no other type than `bit`."
        report(BIT_TYPE.at((*path, "type"), detail, "Write `bit: 3` alone, or another `type`."))
        return False
    if (wire is WireType.STRING) != ("length" in data):
        detail = "A string needs its `length` in characters, and no other type has one."
        report(
            LENGTH.at(
                (*path, "type" if "type" in data else "length"),
                detail,
                "Write `type: string` and `length: 16` together.",
            )
        )
        return False
    if "word_order" in data and wire is not WireType.STRING and REGISTERS.get(wire, 1) == 1:
        detail = f"A value of type `{wire}` takes one register, so there is no order of words."
        report(ORDER.at((*path, "word_order"), detail, "Remove `word_order`."))
        return False
    scaling = next((key for key in ("scale", "offset", "scale_register") if key in data), None)
    if scaling and before in (WireType.BIT, WireType.STRING):
        report(
            SCALED.at((*path, scaling), f"A value of type `{wire}` cannot be scaled.", f"Remove `{scaling}`.")
        )
        return False
    return True


def read_type(protocol: str, data: Data, path: Path, report: Report) -> ModbusType:
    """Settings of a device type."""
    return ModbusType(
        read_gaps=bool(data.get("read_gaps", False)),
        connections=int(data.get("connections", 0)),
        answer_ms=duration_ms(str(data.get("answer_time", "20ms"))) or 20,
        request_registers=int(data.get("registers_per_request", MOST_REGISTERS)),
    )


def read_device(protocol: str, data: Data, path: Path, report: Report) -> ModbusDevice:
    """Settings of a device."""
    return ModbusDevice(framing=FRAMING[protocol], **data)


def read_endpoint(protocol: str, text: str) -> str | None:
    """``host:port`` with the port filled in, or ``serial:///dev/...``."""
    if protocol == "modbus-rtu":
        found = _SERIAL_PORT.fullmatch(text)
        return f"serial://{found[1]}" if found and ".." not in text else None
    found = _HOST_PORT.fullmatch(text)
    if found is None:
        return None
    port = found[2]
    if port is None:
        return text + ":502"
    return text if 0 < int(port) <= 0xFFFF else None


def raw_limits(read: Read) -> Limits | None:
    """The numbers that the registers can hold; None for text."""
    if not isinstance(read, ModbusRead) or read.type is WireType.STRING:
        return None
    return limits(read.type)


def value_limits(read: Read) -> Limits | None:
    """The same after scaling; None where the power of ten is only known at run time."""
    raw = raw_limits(read)
    if raw is None or not isinstance(read, ModbusRead) or read.scale_register is not None:
        return None
    ends = sorted(end * read.scale + read.offset for end in raw)
    return ends[0], ends[1]


def words(read: Read) -> dict[str, str]:
    """The read in words: the register both ways."""
    if not isinstance(read, ModbusRead):
        return {}
    shown = {
        "register": f"{read.table}/{read.address} (Modicon {modicon(read.table, read.address)})",
        "type": str(read.type),
    }
    if read.registers > 1:
        shown["registers"] = str(read.registers)
        shown["word_order"] = read.word_order
    shown["byte_order"] = read.byte_order
    if read.bit is not None:
        shown["bit"] = str(read.bit)
    if read.scale != 1:
        shown["scale"] = str(read.scale)
    if read.offset:
        shown["offset"] = str(read.offset)
    if read.scale_register:
        table, number = read.scale_register
        shown["scale_register"] = f"{table}/{number} (Modicon {modicon(table, number)})"
    return shown
