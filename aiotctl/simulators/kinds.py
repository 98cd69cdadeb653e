"""Which protocol plays the points of a device type."""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.model.blueprint import DeviceType
from aiotctl.pipeline.lower.endpoints import family
from aiotctl.simulators.device import SimulatedPoint


def points_of(kind: DeviceType, device: str) -> Mapping[str, SimulatedPoint]:
    """The simulated points of a device of this type, by name; ``device`` seeds their signals."""
    protocol = family(kind)
    if protocol == "modbus":
        from aiotctl.simulators.modbus import points
    elif protocol == "opcua":
        from aiotctl.simulators.opcua import points
    else:
        from aiotctl.simulators.mqtt import points
    return points.points_of(kind, device)
