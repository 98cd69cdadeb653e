"""A Modbus endpoint: reading functions 1 to 4 over TCP, RTU over TCP or a serial line, for one or more unit
ids.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Mapping, Sequence

from aiotctl.catalog.protocols.modbus.read import Table
from aiotctl.simulators.endpoint import host_port
from aiotctl.simulators.modbus.image import (
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    NO_ANSWER,
    Image,
    ModbusReplyError,
)
from aiotctl.simulators.modbus.rtu import crc16, read_request
from aiotctl.simulators.plant import PlantServer

TABLES = {1: Table.COIL, 2: Table.DISCRETE, 3: Table.HOLDING, 4: Table.INPUT}
MOST_BITS, MOST_REGISTERS = 2000, 125


class ModbusServer:
    """Answers for the devices behind one endpoint."""

    def __init__(self, server: PlantServer, images: Mapping[int, Image]) -> None:
        self.server = server
        self._images = images
        self._listener: asyncio.Server | None = None
        self._active: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Condition()
        self._line = asyncio.Lock()

    async def start(self) -> None:
        """Listen, unless all its devices are offline."""
        await self.refresh()

    async def refresh(self) -> None:
        """Close or open the endpoint as the devices' faults have it."""
        offline = all(image.device.offline for image in self._images.values())
        if offline:
            await self.stop()
        elif self._listener is None:
            host, port = host_port(self.server.listen)
            self._listener = await asyncio.start_server(self._connected, host, port)
        else:
            async with self._freed:
                self._freed.notify_all()

    async def stop(self) -> None:
        """Close the endpoint and every connection to it."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _limit(self) -> int:
        """How many connections are served at once; 0 for any number."""
        limits = [image.connections for image in self._images.values() if image.connections]
        if any("one_connection" in image.device.faults for image in self._images.values()):
            limits.append(1)
        return min(limits, default=0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            async with self._freed:
                await self._freed.wait_for(lambda: not self._limit() or len(self._active) < self._limit())
                self._active.add(writer)
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            self._active.discard(writer)
            async with self._freed:
                self._freed.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.server.framing == "tcp":
            await self._serve_tcp(reader, writer)
        else:
            await self.serve_rtu(reader, writer)

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            transaction, protocol, size, unit = struct.unpack(">HHHB", await reader.readexactly(7))
            if protocol != 0 or not 2 <= size <= 254:
                return
            request = await reader.readexactly(size - 1)
            reply = await self._answer(unit, request)
            if reply is None:
                image = self._images.get(unit)
                if image is not None and image.device.offline:
                    continue
                reply = bytes((request[0] | 0x80, NO_ANSWER))
            writer.write(struct.pack(">HHHB", transaction, 0, len(reply) + 1, unit) + reply)
            await writer.drain()

    async def serve_rtu(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer RTU frames until the other side goes."""
        while True:
            frame = await read_request(reader)
            async with self._line:
                reply = await self._answer(frame[0], frame[1:-2])
            if reply is not None:
                framed = frame[:1] + reply
                writer.write(framed + crc16(framed))
                await writer.drain()

    async def _answer(self, unit: int, request: bytes) -> bytes | None:
        """The reply to a request; None where nothing answers for the unit."""
        image = self._images.get(unit)
        if image is None or image.device.offline:
            return None
        await asyncio.sleep(image.answer_s + image.device.delay_s)
        try:
            return _reply(image, request)
        except ModbusReplyError as reply:
            return bytes((request[0] | 0x80, reply.code))


def _reply(image: Image, request: bytes) -> bytes:
    table = TABLES.get(request[0])
    if table is None:
        raise ModbusReplyError(ILLEGAL_FUNCTION)
    if len(request) != 5:
        raise ModbusReplyError(ILLEGAL_VALUE)
    start, count = struct.unpack(">HH", request[1:])
    if not 1 <= count <= (MOST_BITS if table.has_bits else MOST_REGISTERS):
        raise ModbusReplyError(ILLEGAL_VALUE)
    values = image.read(table, start, count, time.time())
    data = _packed_bits(values) if table.has_bits else struct.pack(f">{count}H", *values)
    return bytes((request[0], len(data))) + data


def _packed_bits(values: Sequence[int]) -> bytes:
    packed = sum(bit << n for n, bit in enumerate(values))
    return packed.to_bytes((len(values) + 7) // 8, "little")
