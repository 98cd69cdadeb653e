"""Modbus traps: what a device may do that must not cost other values."""

from __future__ import annotations

import asyncio
import itertools
import struct
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from aiotctl.catalog.protocols.modbus.read import ModbusDevice, ModbusRead, ModbusType, Table, WireType
from aiotctl.model.blueprint import PointType, ValueType
from aiotctl.model.quality import Quality

ILLEGAL_ADDRESS = 2


class Server:
    """A strict Modbus TCP server: an exception for each register that is not there, connections counted.

    ``one_at_a_time`` serves a second connection only when the first is closed; ``refuse`` closes it at once
    instead.
    """

    def __init__(self, registers: dict[tuple[int, int], int], **behaviour: Any) -> None:
        self.registers = registers
        self.delay = behaviour.get("delay", 0.0)
        self.one = behaviour.get("one_at_a_time", False)
        self.refuse = behaviour.get("refuse", False)
        self.requests: list[tuple[int, int, int]] = []
        self.open = 0
        self.refused = 0
        self.port = 0
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        assert ready.wait(5)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)

        async def begin() -> None:
            self.turn = asyncio.Lock()
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()

        self.loop.run_until_complete(begin())
        self.loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.refuse and self.open:
                self.refused += 1
                return
            if self.one:
                async with self.turn:
                    await self._talk(reader, writer)
            else:
                await self._talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while True:
                head = await reader.readexactly(7)
                body = await reader.readexactly(int.from_bytes(head[4:6], "big") - 1)
                await asyncio.sleep(self.delay)
                reply = self._reply(*struct.unpack(">BHH", body))
                writer.write(head[:4] + struct.pack(">H", len(reply) + 1) + head[6:7] + reply)
                await writer.drain()
        finally:
            self.open -= 1

    def _reply(self, function: int, address: int, count: int) -> bytes:
        self.requests.append((function, address, count))
        found = [self.registers.get((function, address + n)) for n in range(count)]
        if any(value is None for value in found):
            return bytes([function | 0x80, ILLEGAL_ADDRESS])
        values = [value for value in found if value is not None]
        if function <= 2:
            bits = bytearray((count + 7) // 8)
            for n, value in enumerate(values):
                bits[n // 8] |= value << (n % 8)
            return bytes([function, len(bits)]) + bytes(bits)
        return bytes([function, 2 * count]) + struct.pack(f">{count}H", *values)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)


def seldom_refused(server: Server) -> bool:
    """A busy machine may wake a read so late that it meets the next; without turns most would be refused."""
    return server.refused * 10 <= len(server.requests)


@pytest.fixture
def served() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def make(registers: dict[tuple[int, int], int], **behaviour: Any) -> Server:
        made.append(Server(registers, **behaviour))
        return made[-1]

    yield make
    for server in made:
        server.stop()


def holding(address: int, data: bytes) -> dict[tuple[int, int], int]:
    values = struct.unpack(f">{len(data) // 2}H", data)
    return {(3, address + n): value for n, value in enumerate(values)}


def point(name: str, address: int, wire: WireType, kind: ValueType, **more: Any) -> PointType:
    size = {
        WireType.FLOAT32: 2,
        WireType.UINT32: 2,
        WireType.INT64: 4,
        WireType.UINT64: 4,
        WireType.FLOAT64: 4,
    }
    of_read = {k: more.pop(k) for k in list(more) if k in ModbusRead.__dataclass_fields__}
    of_read.setdefault("registers", size.get(wire, 1))
    read = ModbusRead(of_read.pop("table", Table.HOLDING), address, wire, **of_read)
    return PointType(name, read, kind, every_ms=more.pop("every_ms", 200), **more)


F, N, D, T, B = ValueType.FLOAT, ValueType.INTEGER, ValueType.DECIMAL, ValueType.TEXT, ValueType.BOOLEAN


def test_one_bad_register_silences_no_other_point_even_in_the_middle_of_a_block(rig, served, named, coming):
    """Modbus 1, 2: the exception for register 11 costs the points at 10 and 12 nothing; no gap is read
    over.
    """
    server = served({(3, 10): 100, (3, 12): 102, (4, 500): 7})
    points = [point(f"p{n}", n, WireType.UINT16, N) for n in (10, 11, 12)]
    rig.add(
        "d",
        [*points, point("far", 500, WireType.UINT16, N, table=Table.INPUT)],
        f"tcp://127.0.0.1:{server.port}",
    )
    found = named(rig.run_until(coming("d/p10", "d/p12", "d/far", count=3)))
    assert "d/p11" not in found
    assert {v.value for v in found["d/p12"]} == {102}
    assert all(count == 1 for _, _, count in server.requests)
    assert '"alias":"plant-a/d/p11"' in rig.log()


@pytest.mark.parametrize("behaviour", ["one_at_a_time", "refuse"])
def test_a_device_with_a_single_connection_is_served_at_the_interval(rig, served, named, coming, behaviour):
    """Modbus 3, 4: connections take turns and are closed, all points come at their interval, the end is
    quick.
    """
    server = served({(3, n): n for n in range(8)}, delay=0.01, **{behaviour: True})
    points = [point(f"p{n}", n, WireType.UINT16, N, every_ms=500) for n in range(8)]
    rig.add("d", points, f"tcp://127.0.0.1:{server.port}", ModbusType(connections=1, answer_ms=12))
    rig.start()
    found = named(rig.wait(coming(*(f"d/p{n}" for n in range(8)), count=6)))
    assert rig.stop() < 3
    assert seldom_refused(server)
    for values in found.values():
        gaps = sorted(b - a for a, b in itertools.pairwise(v.time_ns for v in values))
        assert 450e6 < gaps[len(gaps) // 2] < 550e6


def test_word_and_byte_orders_live_side_by_side(rig, served, named, coming):
    """Modbus 5: an order holds for its own points; text reads the same with swapped words."""
    number = struct.pack(">q", 9007199254740993)
    words = [number[n : n + 2] for n in range(0, 8, 2)]
    registers = {
        **holding(0, number),
        **holding(10, b"".join(reversed(words))),
        **holding(20, number[::-1]),
        **holding(30, b"".join(w[::-1] for w in words)),
        **holding(40, b"PRESS-1\0\0x"),
    }
    server = served(registers)
    points = [
        point("abcd", 0, WireType.INT64, N),
        point("cdab", 10, WireType.INT64, N, word_order="little"),
        point("dcba", 20, WireType.INT64, N, word_order="little", byte_order="little"),
        point("badc", 30, WireType.INT64, N, byte_order="little"),
        point("serial", 40, WireType.STRING, T, registers=5, word_order="little"),
    ]
    rig.add("d", points, f"tcp://127.0.0.1:{server.port}", ModbusType(answer_ms=1))
    found = named(rig.run_until(coming(*(f"d/{p.name}" for p in points))))
    assert {found[f"d/{name}"][0].value for name in ("abcd", "cdab", "dcba", "badc")} == {9007199254740993}
    assert found["d/serial"][0].value == "PRESS-1"


def test_numbers_are_exact(rig, served, named, coming):
    """Modbus 6: no digit of a scaled counter is lost; scale, offset, a scale register and bits mean what
    they say.
    """
    big = 2**64 - 1
    registers = {
        **holding(0, struct.pack(">Q", big)),
        **holding(4, struct.pack(">Q", big)),
        **holding(8, struct.pack(">H", 1234)),
        **holding(9, struct.pack(">Ih", 123456, -2)),
        **holding(12, struct.pack(">Ih", 7, -32768)),
        **holding(15, struct.pack(">H", 0b1000)),
        (1, 5): 1,
        (2, 6): 0,
        **holding(16, struct.pack(">h", -5)),
    }
    server = served(registers)
    points = [
        point("counter", 0, WireType.UINT64, D),
        point("scaled", 4, WireType.UINT64, D, scale=Decimal("0.001")),
        point("pressure", 8, WireType.UINT16, F, scale=Decimal("0.1"), offset=Decimal("-0.3")),
        point("energy", 9, WireType.UINT32, F, scale_register=(Table.HOLDING, 11)),
        point("unscaled", 12, WireType.UINT32, F, scale_register=(Table.HOLDING, 14)),
        point("door", 15, WireType.BIT, B, bit=3),
        point("other", 15, WireType.BIT, B, bit=2),
        point("coil", 5, WireType.BIT, B, table=Table.COIL),
        point("contact", 6, WireType.BIT, B, table=Table.DISCRETE),
        point("depth", 16, WireType.INT16, D, scale=Decimal("0.01")),
    ]
    rig.add("d", points, f"tcp://127.0.0.1:{server.port}", ModbusType(answer_ms=1))
    found = named(rig.run_until(coming(*(f"d/{p.name}" for p in points))))
    told = {name: (values[0].value, values[0].quality) for name, values in found.items()}
    assert told == {
        "d/counter": (str(big), Quality.GOOD),
        "d/scaled": ("18446744073709551.615", Quality.GOOD),
        "d/pressure": (123.1, Quality.GOOD),
        "d/energy": (1234.56, Quality.GOOD),
        "d/unscaled": (None, Quality.NO_VALUE),
        "d/door": (True, Quality.GOOD),
        "d/other": (False, Quality.GOOD),
        "d/coil": (True, Quality.GOOD),
        "d/contact": (False, Quality.GOOD),
        "d/depth": ("-0.05", Quality.GOOD),
    }


def test_bad_values_arrive_as_bad_values(rig, served, named, coming):
    """Modbus 7: NaN and infinity are told, sentinels have no value, what is out of range keeps its value."""
    registers = {
        **holding(0, struct.pack(">f", float("nan"))),
        **holding(2, struct.pack(">f", float("inf"))),
        **holding(4, struct.pack(">H", 0x8000)),
        **holding(5, struct.pack(">H", 4001)),
        **holding(6, struct.pack(">f", float("nan"))),
        **holding(8, struct.pack(">f", -9999.9)),
        **holding(10, struct.pack(">H", 9)),
        **holding(11, struct.pack(">H", 4000)),
    }
    server = served(registers)
    limits = (Decimal(0), Decimal(400))
    points = [
        point("nan", 0, WireType.FLOAT32, F),
        point("infinite", 2, WireType.FLOAT32, F),
        point("sentinel", 4, WireType.INT16, N, no_value=(Decimal(0x8000),)),
        point("high", 5, WireType.UINT16, F, scale=Decimal("0.1"), range=limits),
        point("declared", 6, WireType.FLOAT32, F, no_value=(float("nan"),)),
        point("single", 8, WireType.FLOAT32, F, no_value=(Decimal("-9999.9"),)),
        point("state", 10, WireType.UINT16, N, enum=((0, "stopped"), (1, "running"))),
        point("bound", 11, WireType.UINT16, F, scale=Decimal("0.1"), range=limits),
    ]
    rig.add("d", points, f"tcp://127.0.0.1:{server.port}", ModbusType(answer_ms=1))
    found = named(rig.run_until(coming(*(f"d/{p.name}" for p in points))))
    told = {name: (values[0].value, values[0].quality) for name, values in found.items()}
    assert told == {
        "d/nan": (None, Quality.NOT_A_NUMBER),
        "d/infinite": (None, Quality.NOT_A_NUMBER),
        "d/sentinel": (None, Quality.NO_VALUE),
        "d/high": (400.1, Quality.OUT_OF_RANGE),
        "d/declared": (None, Quality.NO_VALUE),
        "d/single": (None, Quality.NO_VALUE),
        "d/state": (9, Quality.OUT_OF_RANGE),
        "d/bound": (400.0, Quality.GOOD),
    }


def test_gaps_are_read_over_only_where_the_type_says_so(rig, served, coming):
    """Modbus 2: one request for 0 to 9 where gaps may be read, and two where not."""
    server = served({(3, n): n for n in range(10)}, delay=0.0)
    points = [point("low", 0, WireType.UINT16, N), point("high", 9, WireType.UINT16, N)]
    rig.add("d", points, f"tcp://127.0.0.1:{server.port}", ModbusType(read_gaps=True, answer_ms=100))
    rig.run_until(coming("d/low", "d/high"))
    assert set(server.requests) == {(3, 0, 10)}


def test_units_behind_one_endpoint_take_turns(rig, served, named, coming):
    """Modbus 1, 3: two units of one line never meet, and each has its own values."""
    server = served({(3, n): n for n in range(4)}, delay=0.02, refuse=True)
    for unit in (1, 2):
        points = [point(f"p{n}", n, WireType.UINT16, N, every_ms=500) for n in range(4)]
        url = f"tcp://127.0.0.1:{server.port}"
        rig.add(f"d{unit}", points, url, ModbusType(answer_ms=22), ModbusDevice(unit_id=unit))
    rig.run_until(coming(*(f"d{u}/p{n}" for u in (1, 2) for n in range(4)), count=3))
    assert seldom_refused(server)
