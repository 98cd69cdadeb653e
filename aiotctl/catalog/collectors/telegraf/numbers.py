"""Exact numbers for Starlark: a decimal factor and offset as integers over a power of ten."""

from __future__ import annotations

import struct
from decimal import Decimal

from aiotctl.catalog.collectors.telegraf.literal import Literal


def places(*values: Decimal) -> int:
    """Decimal places that hold all of these numbers."""
    return max(0, *(-_exponent(value) for value in values))


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def over_ten(value: Decimal, digits: int) -> int:
    """The numerator of ``value`` over ten to the power of ``digits``."""
    return int(value.scaleb(digits))


def linear(factor: Decimal, offset: Decimal) -> tuple[int, int, int]:
    """``value * factor + offset`` as (M, O, k): ``(value * M + O) / 10**k``, all of them integers."""
    digits = places(factor, offset)
    return over_ten(factor, digits), over_ten(offset, digits), digits


def bounds(limits: tuple[Decimal, Decimal] | None) -> Literal:
    """A range as (low, high, k), integers over ``10**k``."""
    if limits is None:
        return None
    digits = places(*limits)
    return over_ten(limits[0], digits), over_ten(limits[1], digits), digits


def plain(value: Decimal) -> int | float:
    """A number as Starlark compares it: an integer where it is one."""
    return int(value) if value == value.to_integral_value() else float(value)


def as_float32(value: float) -> float:
    """The nearest single-precision number: what a device that holds ``value`` as float32 really sends."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return value
