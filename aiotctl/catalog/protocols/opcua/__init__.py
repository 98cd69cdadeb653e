"""OPC UA."""

from __future__ import annotations

from aiotctl.catalog.protocol import Protocol
from aiotctl.catalog.protocols.opcua import language

ENTRY = Protocol(
    names=("opcua",),
    description="OPC UA: nodes of a server, polled or subscribed.",
    point=language.POINT,
    point_required=("node",),
    type=language.TYPE,
    device=language.DEVICE,
    read_point=language.read_point,
    read_type=language.read_type,
    read_device=language.read_device,
    read_endpoint=language.read_endpoint,
    endpoint_form={"opcua": "opc.tcp://10.20.1.30:4840"},
    endpoint_needed={"opcua": True},
    words=language.words,
    raw_limits=language.raw_limits,
    value_limits=language.value_limits,
)
