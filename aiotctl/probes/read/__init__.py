"""One register, node or topic as it is now: what a commissioning engineer asks first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aiotctl.catalog.protocols.modbus.read import ModbusRead
from aiotctl.catalog.protocols.opcua.read import OpcUaRead
from aiotctl.model.blueprint import PointType
from aiotctl.model.reading import Alternative, Judged, Reading
from aiotctl.probes.read.reading import Target

__all__ = ["Alternative", "Judged", "Reading", "Target", "read"]


def read(target: Target, points: Sequence[PointType]) -> Iterator[Reading]:
    """Read these points of one device, each as soon as it comes.

    Raises `AiotctlError` with cause and remedy for the first that cannot be read.
    """
    if not points:
        return
    how = points[0].read
    if isinstance(how, ModbusRead):
        from aiotctl.probes.read import modbus as protocol
    elif isinstance(how, OpcUaRead):
        from aiotctl.probes.read import opcua as protocol
    else:
        from aiotctl.probes.read import mqtt as protocol
    yield from protocol.read_points(target, points)
