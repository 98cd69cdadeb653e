"""Reads of one line: none meets another, and a line without the time for all says so."""

from __future__ import annotations

import itertools
import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiotctl.catalog.collectors.telegraf.modbus import ORDERS, jobs_of
from aiotctl.catalog.collectors.telegraf.mqtt import path_of
from aiotctl.catalog.collectors.telegraf.numbers import bounds, linear
from aiotctl.catalog.collectors.telegraf.pair import pairs
from aiotctl.catalog.collectors.telegraf.schedule import Slot, offsets
from aiotctl.catalog.collectors.telegraf.tables import Wanted
from aiotctl.catalog.protocols.modbus.read import ModbusRead, ModbusType, Table, WireType
from aiotctl.catalog.protocols.mqtt.topics import FEW, filters
from aiotctl.model.blueprint import Device, DeviceType, PointType, ValueType

SLOTS = st.lists(
    st.builds(Slot, st.sampled_from([100, 200, 500, 1000, 2000, 10_000]), st.integers(1, 60)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150)
@given(SLOTS)
def test_no_two_reads_meet(slots):
    found = offsets(slots)
    if found is None:
        return
    every = math.lcm(*(slot.every_ms for slot in slots))
    spans = sorted(
        (turn + start, turn + start + slot.cost_ms)
        for slot, start in zip(slots, found, strict=True)
        for turn in range(0, every, slot.every_ms)
    )
    assert all(0 <= start < slot.every_ms for slot, start in zip(slots, found, strict=True))
    # Offsets are whole milliseconds: rounding may bring two reads one closer.
    assert all(later[0] >= earlier[1] - 1 for earlier, later in itertools.pairwise(spans))


def test_slow_reads_share_the_frames_that_quick_ones_leave():
    slots = [Slot(500, 25)] * 4 + [Slot(10_000, 25)] * 100
    assert offsets(slots) is not None


def test_a_line_without_the_time_says_so():
    assert offsets([Slot(1000, 300)] * 4) is None


def wanted(*reads: ModbusRead, kind: ModbusType | None = None) -> Wanted:
    points = tuple(PointType(f"p{n}", read, ValueType.INTEGER) for n, read in enumerate(reads))
    return Wanted(
        DeviceType("t", "modbus-tcp", points, kind), points, {p.name: () for p in points}, frozenset()
    )


def word(address: int, registers: int = 1, table: Table = Table.HOLDING) -> ModbusRead:
    return ModbusRead(table, address, WireType.UINT16, registers)


DEVICE = Device("s", "d", "t", "g", "10.0.0.1:502", None)


@pytest.mark.parametrize(
    ("limit", "gaps", "runs"),
    [
        (1, False, [[0], [1, 2], [3], [4]]),  # 1 and 2 share registers, and so their fate
        (2, False, [[0, 1, 2], [3], [4]]),  # what overlaps counts as what it overlaps
        (8, False, [[0, 1, 2], [3], [4]]),
        (8, True, [[0, 1, 2, 3], [4]]),
    ],
)
def test_points_share_a_read_only_where_they_touch_or_gaps_may_be_read(limit, gaps, runs):
    each = wanted(
        word(0), word(1, 2), word(2), word(20), word(0, 1, Table.INPUT), kind=ModbusType(read_gaps=gaps)
    )
    jobs = jobs_of(DEVICE, each, limit)
    assert [[int(p.name[1:]) for p in job.points] for job in jobs] == runs


@pytest.mark.parametrize(("most", "runs"), [(4, [2, 1, 1]), (5, [2, 1, 1]), (6, [3, 1])])
def test_a_read_is_no_longer_than_the_device_gives_at_once(most, runs):
    scaled = ModbusRead(Table.HOLDING, 4, WireType.UINT16, scale_register=(Table.HOLDING, 5))
    each = wanted(word(0, 2), word(2, 2), scaled, word(6, 2), kind=ModbusType(request_registers=most))
    assert [len(job.points) for job in jobs_of(DEVICE, each, 8)] == runs


def test_a_scale_register_apart_is_a_request_of_its_own():
    read = ModbusRead(Table.INPUT, 10, WireType.UINT32, 2, scale_register=(Table.INPUT, 40))
    near = ModbusRead(Table.INPUT, 10, WireType.UINT32, 2, scale_register=(Table.INPUT, 12))
    assert [jobs_of(DEVICE, wanted(each), 1)[0].requests for each in (read, near)] == [2, 1]


def test_each_pair_of_orders_has_a_name():
    assert {ORDERS[w, b] for w in ("big", "little") for b in ("big", "little")} == {
        "ABCD",
        "BADC",
        "CDAB",
        "DCBA",
    }


def test_scaling_is_kept_as_integers():
    assert linear(Decimal("0.1"), Decimal("-0.25")) == (10, -25, 2)
    assert linear(Decimal("1E+3"), Decimal(0)) == (1000, 0, 0)
    assert bounds((Decimal("-0.5"), Decimal(400))) == (-5, 4000, 1)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ()),
        ("a", (("a", -1),)),
        ("a.1.b", (("a", -1), ("1", 1), ("b", -1))),
        (r"a\.b.c", (("a.b", -1), ("c", -1))),
        ("a\\\\.b", (("a\\", -1), ("b", -1))),
        ("²", (("²", -1),)),
    ],
)
def test_paths_are_taken_apart(text, keys):
    assert path_of(text) == keys


@pytest.mark.parametrize("count", [FEW, FEW + 1])
def test_many_devices_of_one_pattern_are_one_subscription(count):
    devices = [Device("s", f"d{n}", "t", "g", None, None) for n in range(count)]
    found = filters(("x/{site}/sensor-{device}/data", device) for device in devices)
    assert found == (("x/s/+/data",) if count > FEW else tuple(f"x/s/sensor-d{n}/data" for n in range(count)))


def test_every_protocol_has_its_pair():
    assert [pair.protocol for pair in pairs()] == ["modbus", "mqtt", "opcua"]
