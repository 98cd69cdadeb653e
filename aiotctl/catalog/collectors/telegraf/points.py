"""What the normalising script must know of a point, whatever protocol it came by."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal

from aiotctl.catalog.collectors.telegraf.literal import Literal
from aiotctl.catalog.collectors.telegraf.numbers import as_float32, bounds, linear, plain
from aiotctl.catalog.protocols.modbus.read import ModbusRead, Table, WireType
from aiotctl.catalog.protocols.opcua.read import OpcUaRead
from aiotctl.model.blueprint import PointType, ValueType

FIELDS = {
    ValueType.FLOAT: "f",
    ValueType.INTEGER: "i",
    ValueType.DECIMAL: "d",
    ValueType.TEXT: "t",
    ValueType.BOOLEAN: "b",
}
"""Field of the metric, and column of the table, that holds a value of the type."""

_SIGNED_BITS = {
    WireType.INT8_LOW: 8,
    WireType.INT8_HIGH: 8,
    WireType.INT16: 16,
    WireType.INT32: 32,
    WireType.INT64: 64,
}


def specification(point: PointType) -> dict[str, Literal]:
    """The point's entry in the script's tables; keys that say nothing are left out."""
    spec: dict[str, Literal] = {"field": FIELDS[point.type]}
    if (factor := _linear(point)) is not None:
        spec["linear"] = factor
    if point.range is not None:
        spec["range"] = bounds(point.range)
    if sentinels := tuple(dict.fromkeys(_sentinels(point))):
        spec["none"] = sentinels
    if any(isinstance(value, float) and math.isnan(value) for value in point.no_value):
        spec["nan_is_none"] = True
    if point.enum:
        spec["enum"] = {str(code): True for code, _ in point.enum}
    return spec


def _linear(point: PointType) -> Literal:
    read = point.read
    if not isinstance(read, ModbusRead) or (read.scale, read.offset) == (1, 0):
        return None
    return linear(read.scale, read.offset)


def _sentinels(point: PointType) -> Iterator[Literal]:
    for value in point.no_value:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Decimal):
            yield from _raw_forms(point, value)
        elif math.isfinite(value):
            yield value


def _raw_forms(point: PointType, value: Decimal) -> Iterator[Literal]:
    """A sentinel as the wire may show it: 0x8000 of an int16 is -32768, 0.1 of a float32 is not 0.1."""
    yield plain(value)
    read = point.read
    if isinstance(read, ModbusRead) and read.type in _SIGNED_BITS:
        bits = _SIGNED_BITS[read.type]
        if value >= 1 << (bits - 1):
            yield plain(value - (1 << bits))
    if is_single(point) and value != value.to_integral_value():
        yield as_float32(float(value))


def is_single(point: PointType) -> bool:
    """Whether the device holds the value in single precision."""
    read = point.read
    if isinstance(read, ModbusRead):
        return read.type in (WireType.FLOAT16, WireType.FLOAT32) and read.table in (
            Table.INPUT,
            Table.HOLDING,
        )
    return isinstance(read, OpcUaRead) and read.data_type == "float"
