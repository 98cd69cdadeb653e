"""Which protocol plays the points of a device type."""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.simulators.device import SimulatedPoint
from aiotctl.simulators.plant import PlantType


def points_of(kind: PlantType, device: str) -> Mapping[str, SimulatedPoint]:
    """The simulated points of a device of this type, by name; ``device`` seeds their signals."""
    if kind.protocol == "modbus":
        from aiotctl.simulators.modbus import points
    elif kind.protocol == "opcua":
        from aiotctl.simulators.opcua import points
    else:
        from aiotctl.simulators.mqtt import points
    return points.points_of(kind, device)
