"""Reads Modbus points one by one: TCP, RTU over TCP and serial lines."""

from __future__ import annotations

import logging
import math
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlsplit

from aiotctl.catalog.protocols.modbus import wire
from aiotctl.catalog.protocols.modbus.read import REGISTERS, ModbusDevice, ModbusRead, Table, WireType
from aiotctl.model.blueprint import PointType
from aiotctl.model.reading import Alternative, Reading
from aiotctl.probes.read import failures
from aiotctl.probes.read.judge import exact, judge, state_name
from aiotctl.probes.read.reading import Target

FUNCTIONS = {
    Table.COIL: "read_coils",
    Table.DISCRETE: "read_discrete_inputs",
    Table.HOLDING: "read_holding_registers",
    Table.INPUT: "read_input_registers",
}
ONE_MASTER = (
    "Some devices serve one connection at a time, and the collector may hold it; else the unit id, the "
    "framing or the serial settings are not the device's."
)


def read_points(target: Target, points: Sequence[PointType]) -> Iterator[Reading]:
    """The points as they are now, over one connection. Raises `AiotctlError` for what cannot be read."""
    with _connected(target) as client:
        for point in points:
            yield _read_point(client, target, point)


def _read_point(client: Any, target: Target, point: PointType) -> Reading:
    read = cast(ModbusRead, point.read)
    settings = _settings(target)
    what = f"{target.point_address(point)} ({read.table}/{read.address}, unit {settings.unit_id})"
    values = _entries(client, target, what, read.table, read.address, wire.length(read))
    exponent = _exponent(client, target, what, read)
    raw: bool | int | float | str = bool(values[0]) if read.table.has_bits else wire.decode(read, values)
    single = read.type in (WireType.FLOAT16, WireType.FLOAT32)
    scale = read.scale * Decimal(10) ** exponent
    facts = [("raw value", str(raw)), ("scale", str(scale)), ("offset", str(read.offset))]
    if read.scale_register is not None:
        facts.append(
            ("scale register", f"{read.scale_register[0]}/{read.scale_register[1]} holds {exponent}")
        )
    return Reading(
        address=target.point_address(point),
        endpoint=target.endpoint,
        source=f"{read.table}/{read.address} unit {settings.unit_id}",
        raw=bytes(values) if read.table.has_bits else struct.pack(f">{len(values)}H", *values),
        judged=judge(point, raw, scale, read.offset, single),
        unit=point.unit,
        name=state_name(point, raw),
        alternatives=() if read.table.has_bits else tuple(alternatives(read, values)),
        facts=tuple(facts),
    )


def alternatives(read: ModbusRead, words: list[int]) -> Iterator[Alternative]:
    """The same registers in every order, as every type that takes as many."""
    if read.type is WireType.STRING:
        kinds = [WireType.STRING]
    else:
        narrow = (WireType.INT16, WireType.UINT16, WireType.FLOAT16)
        kinds = [kind for kind, size in REGISTERS.items() if size == len(words)] or list(narrow)
        if read.type not in kinds:
            kinds.append(read.type)
    for kind in kinds:
        for word_order in ("big", "little") if len(words) > 1 and kind is not WireType.STRING else ("big",):
            for byte_order in ("big", "little"):
                other = ModbusRead(
                    read.table, read.address, kind, len(words), word_order, byte_order, bit=read.bit
                )
                declared = (kind, word_order, byte_order) == (read.type, read.word_order, read.byte_order)
                value = wire.decode(other, words)
                yield Alternative(str(kind), word_order, byte_order, _shown(value, kind), declared)


def _shown(value: bool | int | float | str, kind: WireType) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return str(exact(value, single=kind is not WireType.FLOAT64))
    return str(value)


def _exponent(client: Any, target: Target, what: str, read: ModbusRead) -> int:
    if read.scale_register is None:
        return 0
    own = ModbusRead(*read.scale_register, WireType.INT16, byte_order=read.byte_order)
    table, address = read.scale_register
    words = _entries(client, target, f"{what}, its scale register {table}/{address}", table, address, 1)
    return int(wire.decode(own, words))


def _entries(client: Any, target: Target, what: str, table: Table, address: int, count: int) -> list[int]:
    from pymodbus.exceptions import ConnectionException, ModbusException

    try:
        answer = getattr(client, FUNCTIONS[table])(address, count=count, device_id=_settings(target).unit_id)
    except ConnectionException as error:
        raise failures.unreachable(what, target.endpoint, "the connection was closed") from error
    except (ModbusException, OSError) as error:
        raise failures.silent(what, target.endpoint, target.timeout_s, ONE_MASTER) from error
    if answer.isError():
        code = getattr(answer, "exception_code", None)
        if code is None:
            raise failures.silent(what, target.endpoint, target.timeout_s, ONE_MASTER)
        raise failures.modbus_exception(what, target.endpoint, code)
    return [int(bit) for bit in answer.bits[:count]] if table.has_bits else list(answer.registers)


@contextmanager
def _connected(target: Target):
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # what went wrong is told by us
    client = _client(target)
    try:
        if not client.connect():
            raise failures.unreachable(_device(target), target.endpoint, _cause(target))
        yield client
    finally:
        client.close()


def _client(target: Target) -> Any:
    from pymodbus import FramerType
    from pymodbus.client import ModbusSerialClient, ModbusTcpClient

    settings, url = _settings(target), urlsplit(target.endpoint)
    if settings.framing == "rtu":
        return ModbusSerialClient(
            url.path,
            baudrate=settings.baud,
            bytesize=settings.data_bits,
            parity=settings.parity[:1].upper(),
            stopbits=settings.stop_bits,
            timeout=target.timeout_s,
            retries=0,
        )
    framer = FramerType.SOCKET if settings.framing == "tcp" else FramerType.RTU
    return ModbusTcpClient(
        url.hostname or "", port=url.port or 502, framer=framer, timeout=target.timeout_s, retries=0
    )


def _cause(target: Target) -> BaseException | str:
    """Why there is no connection: the client does not say, so it is tried once more."""
    url = urlsplit(target.endpoint)
    if _settings(target).framing == "rtu":
        return f"{url.path} cannot be opened as a serial line"
    try:
        socket.create_connection((url.hostname or "", url.port or 502), target.timeout_s).close()
    except OSError as error:
        return error
    return "the connection was closed at once"


def _settings(target: Target) -> ModbusDevice:
    settings = target.device.settings
    return settings if isinstance(settings, ModbusDevice) else ModbusDevice()


def _device(target: Target) -> str:
    return f"site/{target.device.site}/device/{target.device.name}"
