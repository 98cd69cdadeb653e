"""Modbus over TCP, RTU frames over TCP, and serial RTU."""

from __future__ import annotations

from aiotctl.catalog.protocol import Protocol
from aiotctl.catalog.protocols.modbus import language

ENTRY = Protocol(
    names=("modbus-tcp", "modbus-rtu-over-tcp", "modbus-rtu"),
    description="Modbus: registers and coils by address, over TCP, RTU frames over TCP, or a serial line.",
    point=language.POINT,
    point_required=("register",),
    type=language.TYPE,
    device=language.DEVICE,
    read_point=language.read_point,
    read_type=language.read_type,
    read_device=language.read_device,
    read_endpoint=language.read_endpoint,
    endpoint_form={
        "modbus-tcp": "10.20.1.11:502",
        "modbus-rtu-over-tcp": "10.20.1.11:4001",
        "modbus-rtu": "/dev/ttyUSB0",
    },
    endpoint_needed=dict.fromkeys(language.FRAMING, True),
    words=language.words,
    raw_limits=language.raw_limits,
    value_limits=language.value_limits,
)
