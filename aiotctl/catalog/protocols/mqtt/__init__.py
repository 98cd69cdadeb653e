"""MQTT."""

from __future__ import annotations

from aiotctl.catalog.protocol import Protocol
from aiotctl.catalog.protocols.mqtt import language

ENTRY = Protocol(
    names=("mqtt",),
    description="MQTT 3.1.1: values that devices publish, to the compiled broker or to one of their own.",
    point=language.POINT,
    point_required=("topic",),
    type=language.TYPE,
    device=language.DEVICE,
    read_point=language.read_point,
    read_type=language.read_type,
    read_device=language.read_device,
    read_endpoint=language.read_endpoint,
    endpoint_form={"mqtt": "tcp://10.20.1.40:1883"},
    endpoint_needed={"mqtt": False},
    words=language.words,
    raw_limits=language.raw_limits,
    value_limits=language.value_limits,
)
