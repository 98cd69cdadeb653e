"""From raw to declared value, as data."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from aiotctl.catalog.protocols.modbus.read import ModbusRead, Table, WireType
from aiotctl.model.blueprint import PointType, ValueType
from aiotctl.model.quality import Quality
from aiotctl.probes.read.judge import judge, state_name
from aiotctl.probes.read.modbus import alternatives

NAN = math.nan


@pytest.mark.parametrize(
    ("raw", "scale", "declared", "value", "quality"),
    [
        (2426, "0.1", {}, "242.6", Quality.GOOD),
        (0xFFFF, "0.1", {"no_value": (Decimal(0xFFFF),)}, None, Quality.NO_VALUE),
        (4001, "0.1", {"range": (Decimal(0), Decimal(400))}, "400.1", Quality.OUT_OF_RANGE),
        (4000, "0.1", {"range": (Decimal(0), Decimal(400))}, "400.0", Quality.GOOD),
        (NAN, "1", {}, None, Quality.NOT_A_NUMBER),
        (NAN, "1", {"no_value": (NAN,)}, None, Quality.NO_VALUE),
        (math.inf, "1", {}, None, Quality.NOT_A_NUMBER),
        (2**63 - 1, "0.01", {}, "92233720368547758.07", Quality.GOOD),
        ("n/a", "1", {"no_value": ("n/a",)}, None, Quality.NO_VALUE),
        (0, "1", {"no_value": ("0",)}, "0", Quality.GOOD),
        (True, "1", {"no_value": ()}, True, Quality.GOOD),
    ],
)
def test_judged(raw: Any, scale: str, declared: dict[str, Any], value: Any, quality: Quality) -> None:
    read = ModbusRead(Table.HOLDING, 0, WireType.UINT16)
    judged = judge(PointType("p", read, ValueType.FLOAT, **declared), raw, Decimal(scale))
    assert judged.quality is quality
    assert judged.value == (Decimal(value) if isinstance(value, str) else value)
    assert bool(judged.why) == (quality is not Quality.GOOD)


def test_a_single_float_is_shown_as_it_was_written() -> None:
    read = ModbusRead(Table.HOLDING, 0, WireType.FLOAT32, 2)
    point = PointType("p", read, ValueType.FLOAT)
    assert judge(point, 91.0199966430664, single=True).value == Decimal("91.02")
    assert judge(point, 91.0199966430664).value == Decimal("91.0199966430664")
    assert judge(point, 3.4028234663852886e38, single=True).value == Decimal("3.4028235e+38")


def test_states_have_names() -> None:
    read = ModbusRead(Table.HOLDING, 0, WireType.UINT16)
    point = PointType("p", read, ValueType.INTEGER, enum=((1, "running"),))
    assert (state_name(point, 1), state_name(point, 2)) == ("running", "")


def test_every_order_is_shown_and_one_is_the_declared() -> None:
    read = ModbusRead(Table.HOLDING, 0, WireType.FLOAT32, 2, word_order="little")
    shown = list(alternatives(read, [0x0000, 0xC148]))
    assert len(shown) == 12, "three types of two registers in four orders"
    assert [(a.type, a.value) for a in shown if a.declared] == [("float32", "-12.5")]
    assert ("uint32", "big", "big", "49480") in {(a.type, a.word_order, a.byte_order, a.value) for a in shown}


@pytest.mark.parametrize("kind", [WireType.INT16, WireType.UINT8_HIGH, WireType.FLOAT64, WireType.STRING])
def test_the_declared_way_is_always_among_them(kind: WireType) -> None:
    registers = 4 if kind is WireType.FLOAT64 else 1
    read = ModbusRead(Table.HOLDING, 0, kind, registers, byte_order="little")
    assert sum(a.declared for a in alternatives(read, [0x4142] * registers)) == 1
