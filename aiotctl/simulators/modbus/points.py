"""The signals of a Modbus device's points."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

from aiotctl.catalog.protocols.modbus import wire
from aiotctl.catalog.protocols.modbus.read import ModbusRead, Table, WireType
from aiotctl.model.blueprint import DeviceType, PointType
from aiotctl.simulators.device import SimulatedPoint
from aiotctl.simulators.points import DEFAULT_RANGE, Numbers, absent, beyond_range, number_signal
from aiotctl.simulators.signals import Signal, seed, stepping, texts

Entry = tuple[Table, int]
FINEST = -2
"""The smallest power of ten in a scale register, as meters commonly have it; larger where a range needs it.
"""


def modbus_read(point: PointType) -> ModbusRead:
    """How the point is read."""
    assert isinstance(point.read, ModbusRead)
    return point.read


def exponents(kind: DeviceType) -> dict[Entry, int]:
    """The constant power of ten in each scale register: the smallest with which all its points hold their
    ranges.
    """
    found: dict[Entry, int] = {}
    for point in kind.points:
        read = modbus_read(point)
        if read.scale_register is not None:
            needed = _exponent(point, read)
            found[read.scale_register] = max(found.get(read.scale_register, FINEST), needed)
    return found


def _exponent(point: PointType, read: ModbusRead) -> int:
    low, high = wire.limits(read.type)
    bounds = point.range or DEFAULT_RANGE
    exponent = FINEST
    while exponent < 9:
        scale = read.scale * Decimal(10) ** exponent
        if all(low <= (bound - read.offset) / scale <= high for bound in bounds):
            break
        exponent += 1
    return exponent


def points_of(kind: DeviceType, device: str) -> Mapping[str, SimulatedPoint]:
    """All points of a device, by name; ``device`` seeds their signals."""
    scales = exponents(kind)
    return {point.name: _point(point, device, scales) for point in kind.points}


def _point(point: PointType, device: str, scales: Mapping[Entry, int]) -> SimulatedPoint:
    read, of = modbus_read(point), seed(device, point.name)
    if read.type is WireType.STRING:
        return SimulatedPoint(point, texts(of, 2 * read.registers), absent=absent(point, False))
    if read.type is WireType.BIT or read.table.has_bits:
        return SimulatedPoint(point, stepping(of, (False, True)))
    low, high = wire.limits(read.type)
    exponent = scales[read.scale_register] if read.scale_register else 0
    floating = read.type in wire.FLOATING
    numbers = Numbers(low, high, not floating, read.scale * Decimal(10) ** exponent, read.offset)
    own = scales.get((read.table, read.address))
    return SimulatedPoint(
        point,
        number_signal(of, point, numbers) if own is None else _constant(own),
        beyond=beyond_range(point, numbers),
        absent=absent(point, floating),
        nan=math.nan if floating else None,
        wrap=2048 if read.type is WireType.FLOAT16 else numbers.wrap,
    )


def _constant(value: int) -> Signal:
    return lambda _: value
