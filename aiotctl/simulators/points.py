"""From a declared point to the signal that plays it: range, type and unit decide."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from aiotctl.model.blueprint import PointType
from aiotctl.simulators.signals import Raw, Seed, Signal, real, rising, stepping, whole

DEFAULT_RANGE = (Decimal(0), Decimal(100))
DEFAULT_RISE = (Decimal(0), Decimal(1_000_000))
METERED = frozenset({"W.h", "kW.h", "MW.h", "GW.h", "J", "kJ", "MJ", "GJ", "m3", "L", "l"})
"""Units of what is counted up: energy and volume."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The raw numbers a type can hold, and how raw becomes the declared unit: ``raw * scale + offset``.

    ``low`` and ``high`` are inclusive; ``exact`` is True for whole numbers.
    """

    low: Decimal
    high: Decimal
    exact: bool
    scale: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)

    def raw(self, value: Decimal) -> Decimal:
        """The raw number of a value in the declared unit, not yet rounded."""
        return (value - self.offset) / self.scale

    def ends(self, bounds: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
        """The raw numbers that lie within bounds in the declared unit, cut to what the type can hold."""
        low, high = sorted((self.raw(bounds[0]), self.raw(bounds[1])))
        low, high = max(low, self.low), min(high, self.high)
        if self.exact:
            low, high = low.to_integral_value(ROUND_CEILING), high.to_integral_value(ROUND_FLOOR)
        return (low, high) if low <= high else (self.low, self.low)

    def convert(self, raw: Decimal) -> int | float:
        """The raw number as the type has it."""
        return int(raw) if self.exact else float(raw)

    @property
    def wrap(self) -> int:
        """The highest whole number from 0 that the type holds without loss."""
        return int(min(self.high, Decimal(2**63 - 1))) if self.exact else min(int(self.high), 2**24)


def number_signal(of: Seed, point: PointType, numbers: Numbers) -> Signal:
    """The signal of a numeric point."""
    if point.enum:
        return stepping(of, tuple(numbers.convert(Decimal(raw)) for raw, _ in point.enum))
    metered = point.unit in METERED
    low, high = numbers.ends(point.range or (DEFAULT_RISE if metered else DEFAULT_RANGE))
    if metered:
        return rising(of, numbers.convert(low), numbers.convert(high))
    if numbers.exact:
        return whole(of, int(low), int(high), _sentinels(point))
    return real(of, float(low), float(high))


def beyond_range(point: PointType, numbers: Numbers) -> Raw | None:
    """A raw number above the declared range, or below it; None where the type holds none or no range is
    declared.
    """
    if point.range is None:
        return None
    low, high = point.range
    step = max((high - low) / 10, abs(numbers.scale) * 2)
    avoid = _sentinels(point)
    for value in (high + step, low - step):
        raw = numbers.raw(value)
        raw = raw.to_integral_value() if numbers.exact else raw
        if numbers.low <= raw <= numbers.high and raw not in avoid:
            return numbers.convert(raw)
    return None


def absent(point: PointType, floating: bool) -> Raw | None:
    """The raw value that says "no value": the first declared sentinel, or NaN where the type has it."""
    for sentinel in point.no_value:
        if isinstance(sentinel, Decimal):
            return float(sentinel) if floating else int(sentinel)
        if isinstance(sentinel, str) or floating:
            return sentinel
    return math.nan if floating else None


def _sentinels(point: PointType) -> frozenset[int]:
    return frozenset(int(value) for value in point.no_value if isinstance(value, Decimal))
