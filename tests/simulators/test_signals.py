"""Signals: the same seed gives the same values, and they stay where their type and range have them."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiotctl.catalog.protocols.modbus import wire
from aiotctl.catalog.protocols.modbus.read import REGISTERS, ModbusRead, Table, WireType
from aiotctl.model.blueprint import DeviceType, PointType, ValueType
from aiotctl.simulators.modbus.points import points_of
from aiotctl.simulators.signals import EPOCH, seed, stepping

NUMERIC = [kind for kind in WireType if kind not in (WireType.BIT, WireType.STRING)]
TIMES = [EPOCH + n * 7.3 for n in range(2000)]


def signal_of(point: PointType, device: str = "device"):
    return points_of(DeviceType("type", "modbus-tcp", (point,)), device)[point.name]


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(NUMERIC),
    low=st.integers(-30000, 30000),
    span=st.integers(0, 50000),
    scale=st.sampled_from(["1", "0.1", "0.001", "10", "-1", "2.5"]),
    offset=st.integers(-100, 100),
    time=st.floats(EPOCH, EPOCH + 1e8),
)
def test_raw_values_fit_type_and_range(
    kind: WireType, low: int, span: int, scale: str, offset: int, time: float
) -> None:
    bounds = (Decimal(low), Decimal(low + span))
    read = ModbusRead(
        Table.HOLDING, 0, kind, REGISTERS.get(kind, 1), scale=Decimal(scale), offset=Decimal(offset)
    )
    point = signal_of(PointType("p", read, ValueType.FLOAT, range=bounds))
    raw = point.signal(time)
    smallest, largest = wire.limits(kind)
    assert isinstance(raw, int | float)
    assert smallest <= raw <= largest
    words, _ = wire.encode(read, raw)
    assert len(words) == wire.length(read)
    possible = [(bound - offset) / Decimal(scale) for bound in bounds]
    holds_a_value_of_it = math.floor(min(max(possible), largest)) > math.ceil(max(min(possible), smallest))
    if holds_a_value_of_it:
        value = Decimal(raw) * Decimal(scale) + offset
        slack = abs(Decimal(scale)) + abs(Decimal(span)) / 1000
        assert bounds[0] - slack <= value <= bounds[1] + slack
    if point.beyond is not None:
        beyond = Decimal(point.beyond) * Decimal(scale) + offset
        assert not bounds[0] <= beyond <= bounds[1]
        wire.encode(read, point.beyond)


def test_same_seed_same_values() -> None:
    read = ModbusRead(Table.HOLDING, 0, WireType.FLOAT64, 4)
    point = PointType("p", read, ValueType.FLOAT, range=(Decimal(0), Decimal(10)))
    one, again, other = signal_of(point), signal_of(point), signal_of(point, "other")
    assert [one.signal(t) for t in TIMES] == [again.signal(t) for t in TIMES]
    assert [one.signal(t) for t in TIMES] != [other.signal(t) for t in TIMES]
    seen = [float(one.signal(t)) for t in TIMES]
    assert max(seen) - min(seen) > 5, "the values move over most of their range"


def test_sentinels_are_avoided() -> None:
    read = ModbusRead(Table.HOLDING, 0, WireType.UINT16)
    point = PointType("p", read, ValueType.INTEGER, range=(Decimal(1), Decimal(5)), no_value=(Decimal(3),))
    seen = {signal_of(point).signal(t) for t in TIMES}
    assert seen == {1, 2, 4, 5}


def test_energy_rises() -> None:
    read = ModbusRead(Table.HOLDING, 0, WireType.UINT32, 2)
    point = signal_of(PointType("energy", read, ValueType.INTEGER, unit="kW.h"))
    day = [point.signal(EPOCH + hour * 3600) for hour in range(24)]
    assert day == sorted(day)
    assert day[0] < day[-1]


@pytest.mark.parametrize("choices", [(False, True), (0, 1, 2), (3, 7)])
def test_states_change_and_each_comes(choices: tuple[int, ...]) -> None:
    signal = stepping(seed("state"), choices)
    assert {signal(t) for t in TIMES} == set(choices)
    assert signal(EPOCH + 0.1) == signal(EPOCH + 0.2)
