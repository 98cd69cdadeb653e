"""The address space of the devices behind one OPC UA endpoint, exactly as the points declare it."""

from __future__ import annotations

import base64
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiotctl.catalog.protocols.opcua.read import OpcUaRead
from aiotctl.simulators.device import SimulatedDevice
from aiotctl.simulators.opcua.library import DataValue, Node, NodeId, Server, Variant, VariantType, ua
from aiotctl.simulators.opcua.points import BUILT_IN, opcua_read
from aiotctl.simulators.signals import Raw

FILLER = "urn:aiotctl:simulator:namespace:{index}"
"""What stands at a namespace index that points name by number alone."""


@dataclass(slots=True, eq=False)
class ServedNode:
    """A node, and the points that are it or elements of it (by index).

    ``due`` is when it gets its next value, ``strange`` whether its last one was of a type
    not declared.
    """

    device: SimulatedDevice
    id: NodeId
    type: VariantType
    points: dict[int | None, str] = field(default_factory=dict[int | None, str])
    every_s: float = math.inf
    on_change: bool = False
    due: float = 0.0
    strange: bool = False

    def data_value(self, now: float, count: bool) -> DataValue:
        """What the node says now; ``count``: its counters are given away by this."""
        if self.device.failing in self.points.values():
            return ua.DataValue(StatusCode=ua.StatusCode(ua.UInt32(ua.StatusCodes.BadDeviceFailure)))
        values = {index: self._raw(name, now, count) for index, name in self.points.items()}
        stamp = datetime.fromtimestamp(now, UTC)
        return ua.DataValue(self._variant(values), SourceTimestamp=stamp, ServerTimestamp=stamp)

    def _raw(self, name: str, now: float, count: bool) -> Raw:
        counted = self.device.count(name) if count else None
        return self.device.raw(name, now) if counted is None else counted

    def _variant(self, values: dict[int | None, Raw]) -> Variant:
        strange = "wrong_type" in self.device.faults
        if None in values:
            return _variant(values[None], self.type, strange)
        last = max(index for index in values if index is not None)
        filler = next(iter(values.values()))
        elements = [_variant(values.get(n, filler), self.type, strange) for n in range(last + 1)]
        return ua.Variant([element.Value for element in elements], elements[0].VariantType, is_array=True)


def _variant(raw: Raw, kind: VariantType, strange: bool) -> Variant:
    if strange:
        return (
            ua.Variant(str(raw), ua.VariantType.String) if kind != ua.VariantType.String else ua.Variant(17)
        )
    if kind == ua.VariantType.DateTime:
        return ua.Variant(datetime.fromtimestamp(float(raw), UTC), kind)
    return ua.Variant(raw, kind)


async def add_nodes(server: Server, devices: Sequence[SimulatedDevice]) -> list[ServedNode]:
    """Make every node of these devices, each device in a folder of its own."""
    spaces = await _namespaces(server, devices)
    served: dict[NodeId, ServedNode] = {}
    for device in devices:
        own = ua.QualifiedName(device.device.name, 1)
        folder = await server.nodes.objects.add_object(ua.NodeId(f"device/{device.address}", 1), own)
        for name, simulated in device.points.items():
            read = opcua_read(simulated.point)
            node_id = _node_id(read, spaces)
            node = served.get(node_id)
            if node is None:
                kind = ua.VariantType[BUILT_IN[read.data_type].name]
                node = served[node_id] = ServedNode(device, node_id, kind)
            node.points[read.index] = name
            node.every_s = min(node.every_s, simulated.point.every_ms / 1000)
            node.on_change |= read.on_change
        for node in served.values():
            if node.device is device:
                await _add(folder, node)
    return list(served.values())


async def _add(folder: Node, node: ServedNode) -> None:
    browse_name = next(iter(node.points.values()))
    first = node.data_value(0.0, count=False)
    value = first.Value or ua.Variant(None, node.type)
    await folder.add_variable(node.id, ua.QualifiedName(browse_name, 1), value.Value, node.type)


async def _namespaces(server: Server, devices: Sequence[SimulatedDevice]) -> dict[str, int]:
    """Register what the points name: fillers up to the highest index, then the URIs."""
    reads = [opcua_read(point.point) for device in devices for point in device.points.values()]
    highest = max((read.namespace_index or 0 for read in reads), default=0)
    known = len(await server.get_namespace_array())
    for index in range(known, highest + 1):
        await server.register_namespace(FILLER.format(index=index))
    uris = dict.fromkeys(read.namespace_uri for read in reads if read.namespace_uri)
    return {uri: await server.register_namespace(uri) for uri in uris}


def _node_id(read: OpcUaRead, spaces: dict[str, int]) -> NodeId:
    space = spaces[read.namespace_uri] if read.namespace_uri else read.namespace_index or 0
    return node_id(read, space)


def node_id(read: OpcUaRead, space: int) -> NodeId:
    """The node id of a point in the namespace with this index."""
    if read.identifier_type == "i":
        return ua.NodeId(ua.Int32(int(read.identifier)), ua.Int16(space))
    if read.identifier_type == "g":
        return ua.NodeId(uuid.UUID(read.identifier), ua.Int16(space))
    if read.identifier_type == "b":
        return ua.NodeId(base64.b64decode(read.identifier), ua.Int16(space))
    return ua.NodeId(read.identifier, ua.Int16(space))
