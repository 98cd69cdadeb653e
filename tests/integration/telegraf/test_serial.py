"""Modbus RTU: over TCP, and on a serial line that two units share."""

from __future__ import annotations

import os
import pty
import socket
import struct
import threading
import tty
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aiotctl.catalog.protocols.modbus.read import ModbusDevice, ModbusRead, ModbusType, Table, WireType
from aiotctl.model.blueprint import PointType, ValueType

REQUEST = 8
"""Bytes of a request to read: unit, function, address, count, check sum."""


def crc(data: bytes) -> bytes:
    """Modbus' check sum (MODBUS over Serial Line V1.02, section 6.2.2)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


def answered(request: bytes) -> bytes:
    """Each register holds its unit and its address."""
    unit, function, address, count = struct.unpack(">BBHH", request[:6])
    assert crc(request[:6]) == request[6:]
    values = [unit * 1000 + address + n for n in range(count)]
    reply = struct.pack(f">BBB{count}H", unit, function, 2 * count, *values)
    return reply + crc(reply)


def serve(read: Callable[[int], bytes], write: Callable[[bytes], Any]) -> None:
    waiting = b""
    while chunk := read(256):
        waiting += chunk
        while len(waiting) >= REQUEST:
            write(answered(waiting[:REQUEST]))
            waiting = waiting[REQUEST:]


@pytest.fixture
def line() -> Iterator[str]:
    """A pseudo terminal with the units behind it."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)

    def run() -> None:
        try:
            serve(lambda size: os.read(ours, size), lambda data: os.write(ours, data))
        except OSError:
            return

    threading.Thread(target=run, daemon=True).start()
    yield os.ttyname(theirs)
    os.close(theirs)
    os.close(ours)


@pytest.fixture
def tcp() -> Iterator[int]:
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                client, _ = server.accept()
                serve(client.recv, client.sendall)
                client.close()
            except OSError:
                return

    threading.Thread(target=run, daemon=True).start()
    yield server.getsockname()[1]
    server.close()


def points() -> list[PointType]:
    reads = (ModbusRead(Table.HOLDING, n, WireType.UINT16) for n in (3, 4, 9))
    return [PointType(f"p{r.address}", r, ValueType.INTEGER, every_ms=500) for r in reads]


NAMES = [f"d{unit}/p{n}" for unit in (1, 2) for n in (3, 4, 9)]


def test_rtu_over_tcp(rig, tcp, named, coming):
    for unit in (1, 2):
        settings = ModbusDevice(unit_id=unit, framing="rtu-over-tcp")
        rig.add(f"d{unit}", points(), f"tcp://127.0.0.1:{tcp}", ModbusType(answer_ms=5), settings)
    found = named(rig.run_until(coming(*NAMES, count=2)))
    assert {name: found[name][0].value for name in NAMES} == expected()


def test_two_units_of_a_serial_line(rig, line, named, coming):
    """No two reads meet on the wire: a telegram cut in two would fail its check sum."""
    for unit in (1, 2):
        settings = ModbusDevice(unit_id=unit, framing="rtu", baud=115200, parity="even")
        rig.add(f"d{unit}", points(), f"file://{line}", ModbusType(answer_ms=5), settings)
    found = named(rig.run_until(coming(*NAMES, count=4)))
    assert {name: {v.value for v in found[name]} for name in NAMES} == {n: {v} for n, v in expected().items()}


def expected() -> dict[str, int]:
    return {f"d{unit}/p{n}": unit * 1000 + n for unit in (1, 2) for n in (3, 4, 9)}
