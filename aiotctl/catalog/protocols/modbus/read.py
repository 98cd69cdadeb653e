"""What is known of a Modbus point, device and device type once the blueprint has been read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from aiotctl.model.blueprint import DeviceSettings, Read, TypeSettings


class Table(StrEnum):
    """The four tables of the Modbus data model (MODBUS Application Protocol V1.1b3, section 4.3)."""

    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"

    @property
    def has_bits(self) -> bool:
        """Whether an entry of the table is a single bit."""
        return self in (Table.COIL, Table.DISCRETE)


class WireType(StrEnum):
    """How registers are read as a number. ``bit`` is one bit of a register, or an entry of a bit table."""

    BIT = "bit"
    INT8_LOW = "int8l"
    INT8_HIGH = "int8h"
    UINT8_LOW = "uint8l"
    UINT8_HIGH = "uint8h"
    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT16 = "float16"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    STRING = "string"


REGISTERS: dict[WireType, int] = {
    WireType.INT32: 2,
    WireType.UINT32: 2,
    WireType.FLOAT32: 2,
    WireType.INT64: 4,
    WireType.UINT64: 4,
    WireType.FLOAT64: 4,
}
"""Registers a type takes where it is not one; a string's length is its own."""


MOST_REGISTERS = 125
"""Registers that fit one reply (MODBUS Application Protocol V1.1b3, section 6.3)."""


@dataclass(frozen=True, slots=True)
class ModbusRead(Read):
    """One Modbus point.

    ``address`` is the zero-based protocol address, ``registers`` how many entries it takes, ``word_order``
    and
    ``byte_order`` are ``big`` or ``little``, ``bit`` counts from the least significant bit,
    ``scale_register`` is
    (table, address) of a signed 16-bit power of ten that multiplies the value (SunSpec's way).
    """

    table: Table
    address: int
    type: WireType
    registers: int = 1
    word_order: str = "big"
    byte_order: str = "big"
    scale: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)
    bit: int | None = None
    scale_register: tuple[Table, int] | None = None


@dataclass(frozen=True, slots=True)
class ModbusType(TypeSettings):
    """``read_gaps``: undefined registers between points may be read; ``connections`` at once (0: no limit
    known);
    ``answer_ms``: time the device takes for one request; ``request_registers``: registers it gives at
    once."""

    read_gaps: bool = False
    connections: int = 0
    answer_ms: int = 20
    request_registers: int = MOST_REGISTERS


@dataclass(frozen=True, slots=True)
class ModbusDevice(DeviceSettings):
    """``framing`` is ``tcp``, ``rtu-over-tcp`` or ``rtu`` (serial); the serial settings matter for ``rtu``
    only.
    """

    unit_id: int = 1
    framing: str = "tcp"
    baud: int = 9600
    parity: str = "none"
    data_bits: int = 8
    stop_bits: int = 1
