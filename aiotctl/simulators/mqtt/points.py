"""The signals of an MQTT device's points."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

from aiotctl.model.blueprint import DeviceType, PointType
from aiotctl.simulators.device import SimulatedPoint
from aiotctl.simulators.mqtt.payload import mqtt_read
from aiotctl.simulators.points import Numbers, absent, beyond_range, number_signal
from aiotctl.simulators.signals import seed, stepping, texts

LARGEST = Decimal(2**53)
"""JSON numbers are exact up to here for every reader."""


def points_of(kind: DeviceType, device: str) -> Mapping[str, SimulatedPoint]:
    """All points of a device, by name; ``device`` seeds their signals."""
    return {point.name: _point(point, device) for point in kind.points}


def _point(point: PointType, device: str) -> SimulatedPoint:
    of, kind = seed(device, point.name), mqtt_read(point).data_type
    none = absent(point, floating=True)
    if kind == "boolean":
        return SimulatedPoint(point, stepping(of, (False, True)), absent=none, strange="maybe")
    if kind == "string" and not point.enum:
        return SimulatedPoint(point, texts(of, 10), absent=none, strange=17)
    numbers = Numbers(-LARGEST, LARGEST, exact=kind != "float" or bool(point.enum))
    return SimulatedPoint(
        point,
        number_signal(of, point, numbers),
        beyond=beyond_range(point, numbers),
        absent=none,
        nan=math.nan,
        strange="n/a",
        wrap=numbers.wrap,
    )
