"""Reads the durations and sizes of an entry's options, which carry their unit: ``400d``, ``10s``, ``128 MB``."""

from __future__ import annotations

import re
from decimal import Decimal

from aiotctl.model.blueprint import Json

DURATION = r"^[0-9]+(\.[0-9]+)? ?(ms|s|min|h|d|w|y)$"
"""JSON Schema pattern of a duration."""

SIZE = r"^[0-9]+ ?(kB|MB|GB|TB)$"
"""JSON Schema pattern of a size."""

_MS = {
    "ms": 1,
    "s": 1000,
    "min": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "y": 31_536_000_000,
}
_BYTES = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_PARTS = re.compile(r"([0-9.]+) ?([A-Za-z]+)")


def milliseconds(duration: Json) -> int:
    """A duration that matches ``DURATION``, in ms; a whole number is taken as ms already. A year has 365 days."""
    return int(_quantity(duration, _MS))


def seconds(duration: Json) -> int:
    """The same in whole seconds, at least one."""
    return max(1, milliseconds(duration) // 1000)


def size(text: Json) -> int:
    """A size that matches ``SIZE``, in bytes; a whole number is taken as bytes already."""
    return int(_quantity(text, _BYTES))


def _quantity(written: Json, units: dict[str, int]) -> Decimal:
    if isinstance(written, int):
        return Decimal(written)
    match = _PARTS.fullmatch(str(written))
    if match is None or match[2] not in units:
        raise ValueError(f"{written!r} is no quantity in {', '.join(units)}")
    return Decimal(match[1]) * units[match[2]]
