"""How a raw value lies in registers: type, word order and byte order, both ways.

The simulators encode with it, `aiotctl read` decodes.
"""

from __future__ import annotations

import struct
from decimal import Decimal

from aiotctl.catalog.protocols.modbus.read import REGISTERS, ModbusRead, WireType

Raw = int | float | str | bool

_FORMATS = {
    WireType.INT16: ">h",
    WireType.UINT16: ">H",
    WireType.INT32: ">i",
    WireType.UINT32: ">I",
    WireType.INT64: ">q",
    WireType.UINT64: ">Q",
    WireType.FLOAT16: ">e",
    WireType.FLOAT32: ">f",
    WireType.FLOAT64: ">d",
}
_BYTES = {WireType.INT8_LOW: "b", WireType.INT8_HIGH: "b", WireType.UINT8_LOW: "B", WireType.UINT8_HIGH: "B"}
_HIGH = (WireType.INT8_HIGH, WireType.UINT8_HIGH)
FLOATING = frozenset({WireType.FLOAT16, WireType.FLOAT32, WireType.FLOAT64})

_LARGEST = {
    WireType.FLOAT16: Decimal(65504),
    WireType.FLOAT32: Decimal(10) ** 38,
    WireType.FLOAT64: Decimal(10) ** 300,
}


def limits(kind: WireType) -> tuple[Decimal, Decimal]:
    """The smallest and the largest number a type holds."""
    if kind in _LARGEST:
        return -_LARGEST[kind], _LARGEST[kind]
    if kind is WireType.BIT:
        return Decimal(0), Decimal(1)
    bits = 8 if kind in _BYTES else 16 * REGISTERS.get(kind, 1)
    if kind.startswith("u"):
        return Decimal(0), Decimal(2**bits - 1)
    return Decimal(-(2 ** (bits - 1))), Decimal(2 ** (bits - 1) - 1)


def length(read: ModbusRead) -> int:
    """How many entries of its table a point takes."""
    return REGISTERS.get(read.type, read.registers)


def encode(read: ModbusRead, raw: Raw) -> tuple[list[int], int]:
    """The registers of a raw value, and the mask of the bits in each register that are its own."""
    if read.type is WireType.STRING:
        data, mask = str(raw).encode("utf-8")[: 2 * read.registers].ljust(2 * read.registers, b"\0"), 0xFFFF
    elif read.type is WireType.BIT:
        bit = read.bit or 0
        data, mask = struct.pack(">H", bool(raw) << bit), 1 << bit
    elif read.type in _BYTES:
        (byte,) = struct.pack(_BYTES[read.type], int(raw))
        shift = 8 if read.type in _HIGH else 0
        data, mask = struct.pack(">H", byte << shift), 0xFF << shift
    else:
        data, mask = struct.pack(_FORMATS[read.type], raw), 0xFFFF
    words = list(struct.unpack(f">{len(data) // 2}H", data))
    if read.byte_order == "little":
        words, mask = [_swapped(word) for word in words], _swapped(mask)
    if read.word_order == "little" and read.type is not WireType.STRING:
        words.reverse()
    return words, mask


def decode(read: ModbusRead, words: list[int]) -> Raw:
    """The raw value in registers: the inverse of `encode`."""
    if read.word_order == "little" and read.type is not WireType.STRING:
        words = words[::-1]
    if read.byte_order == "little":
        words = [_swapped(word) for word in words]
    data = struct.pack(f">{len(words)}H", *words)
    if read.type is WireType.STRING:
        return data.split(b"\0", 1)[0].decode("utf-8", "replace")
    if read.type is WireType.BIT:
        return bool(words[0] >> (read.bit or 0) & 1)
    if read.type in _BYTES:
        byte = data[0:1] if read.type in _HIGH else data[1:2]
        return struct.unpack(_BYTES[read.type], byte)[0]
    return struct.unpack(_FORMATS[read.type], data)[0]


def _swapped(word: int) -> int:
    return (word & 0xFF) << 8 | word >> 8
