"""From a raw value to the declared one: sentinels, scale, enumeration and range, as the gateway does it."""

from __future__ import annotations

import math
import struct
from decimal import Decimal

from aiotctl.model.blueprint import PointType
from aiotctl.model.quality import Quality
from aiotctl.model.reading import Judged

Raw = bool | int | float | str


def judge(
    point: PointType,
    raw: Raw,
    scale: Decimal = Decimal(1),
    offset: Decimal = Decimal(0),
    single: bool = False,
) -> Judged:
    """The value in the point's unit with its quality; ``single``: the number has the precision of 32 bits
    or fewer.
    """
    if _means_nothing(point, raw):
        return Judged(None, Quality.NO_VALUE, f"{raw} is declared to mean that there is no value")
    if isinstance(raw, str | bool):
        return Judged(raw)
    if isinstance(raw, float) and not math.isfinite(raw):
        return Judged(None, Quality.NOT_A_NUMBER, f"{raw} is no number")
    value = exact(raw, single) * scale + offset
    if point.range is not None and not point.range[0] <= value <= point.range[1]:
        low, high = point.range
        return Judged(value, Quality.OUT_OF_RANGE, f"outside the declared range {low} to {high} {point.unit}")
    return Judged(value)


def state_name(point: PointType, raw: Raw) -> str:
    """The name of an enumerated state; empty where it has none."""
    return dict(point.enum).get(int(raw), "") if point.enum and not isinstance(raw, str) else ""


def exact(raw: int | float, single: bool = False) -> Decimal:
    """A number as the decimal that a person would write: the shortest that gives the same bits."""
    if isinstance(raw, int):
        return Decimal(raw)
    return Decimal(_shortest_single(raw) if single else repr(raw))


def _shortest_single(raw: float) -> str:
    for digits in range(1, 10):
        text = f"{raw:.{digits}g}"
        try:
            if struct.pack(">f", float(text)) == struct.pack(">f", raw):
                return text
        except OverflowError:
            continue  # rounded up beyond the largest number
    return repr(raw)


def _means_nothing(point: PointType, raw: Raw) -> bool:
    for sentinel in point.no_value:
        if isinstance(sentinel, float):
            if isinstance(raw, float) and math.isnan(raw):
                return True
        elif isinstance(sentinel, str) or isinstance(raw, str):
            if str(sentinel) == raw:
                return True
        elif raw == sentinel:
            return True
    return False
