"""The signals of an OPC UA device's points, and the built-in types they are served as."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from aiotctl.catalog.protocols.opcua.read import OpcUaRead
from aiotctl.model.blueprint import DeviceType, PointType
from aiotctl.simulators.device import SimulatedPoint
from aiotctl.simulators.points import Numbers, absent, beyond_range, number_signal
from aiotctl.simulators.signals import Signal, seed, stepping, texts


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A built-in type: its name in OPC UA and the numbers it holds."""

    name: str
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    exact: bool = True

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.high > 0


def _integer(name: str, bits: int, signed: bool) -> BuiltIn:
    low = -(2 ** (bits - 1)) if signed else 0
    return BuiltIn(name, Decimal(low), Decimal(2 ** (bits - signed) - 1))


BUILT_IN = {
    "boolean": BuiltIn("Boolean"),
    "sbyte": _integer("SByte", 8, True),
    "byte": _integer("Byte", 8, False),
    "int16": _integer("Int16", 16, True),
    "uint16": _integer("UInt16", 16, False),
    "int32": _integer("Int32", 32, True),
    "uint32": _integer("UInt32", 32, False),
    "int64": _integer("Int64", 64, True),
    "uint64": _integer("UInt64", 64, False),
    "float": BuiltIn("Float", Decimal(-(10**38)), Decimal(10**38), exact=False),
    "double": BuiltIn("Double", Decimal(-(10**300)), Decimal(10**300), exact=False),
    "string": BuiltIn("String"),
    "datetime": BuiltIn("DateTime"),
}


def opcua_read(point: PointType) -> OpcUaRead:
    """How the point is read."""
    assert isinstance(point.read, OpcUaRead)
    return point.read


def points_of(kind: DeviceType, device: str) -> Mapping[str, SimulatedPoint]:
    """All points of a device, by name; ``device`` seeds their signals."""
    return {point.name: _point(point, device) for point in kind.points}


def _point(point: PointType, device: str) -> SimulatedPoint:
    of, built_in = seed(device, point.name), BUILT_IN[opcua_read(point).data_type]
    if built_in.name == "Boolean":
        return SimulatedPoint(point, stepping(of, (False, True)), strange="maybe")
    if built_in.name == "DateTime":
        return SimulatedPoint(point, _seconds(), strange="maybe")
    if not built_in.numeric:
        return SimulatedPoint(point, texts(of, 10), absent=absent(point, False), strange=17)
    numbers = Numbers(built_in.low, built_in.high, built_in.exact)
    return SimulatedPoint(
        point,
        number_signal(of, point, numbers),
        beyond=beyond_range(point, numbers),
        absent=absent(point, not built_in.exact),
        nan=None if built_in.exact else math.nan,
        strange="n/a",
        wrap=numbers.wrap,
    )


def _seconds() -> Signal:
    """A date and time: the full minute, as seconds since the epoch."""
    return lambda time: int(time // 60 * 60)
