"""Units as UCUM codes: what they measure, and how one is converted into another."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: ``base = value * factor + offset`` in the base unit of its dimension (SI base units, as a product)."""

    code: str
    dimension: str
    factor: Decimal
    offset: Decimal = Decimal(0)


@cache
def unit(code: str) -> Unit | None:
    """The unit with this UCUM code; None where there is none."""
    from aiotctl.units_table import TABLE

    row = TABLE.get(code)
    return Unit(code, row[0], Decimal(row[1]), Decimal(row[2])) if row else None


def conversion(source: str, target: str) -> tuple[Decimal, Decimal] | None:
    """Factor and offset with ``target = source * factor + offset``; None where the two measure different things."""
    one, other = unit(source), unit(target)
    if one is None or other is None or one.dimension != other.dimension:
        return None
    return one.factor / other.factor, (one.offset - other.offset) / other.factor
