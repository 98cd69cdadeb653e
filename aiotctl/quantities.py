"""Durations, rates and sizes as people write them: a number and its unit."""

from __future__ import annotations

import re
from decimal import Decimal

DURATION_PATTERN = r"^[0-9]+(\.[0-9]+)? ?(ms|s|min|h|d|w|y)$"
RATE_PATTERN = r"^[0-9]+(\.[0-9]+)? ?(bit|kbit|Mbit|Gbit)/s$"
SIZE_PATTERN = r"^[0-9]+(\.[0-9]+)? ?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$"
PERCENT_PATTERN = r"^(100|[0-9]{1,2}(\.[0-9]{1,3})?) ?%$"

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-z/]+)")

_MILLISECONDS = {
    "ms": 1,
    "s": 1_000,
    "min": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "y": 31_536_000_000,  # 365 days: for how long data is kept, not for calendars
}
_BITS_PER_SECOND = {"bit/s": 1, "kbit/s": 1_000, "Mbit/s": 1_000_000, "Gbit/s": 1_000_000_000}
_BYTES = {
    "B": 1,
    "kB": 1_000,
    "MB": 1_000_000,
    "GB": 1_000_000_000,
    "TB": 1_000_000_000_000,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
    "TiB": 1 << 40,
}
_MOST = 1 << 62
"""Larger than any duration, rate or size here; what is beyond it does not fit the databases' integers."""


def duration_ms(text: str) -> int | None:
    """Whole milliseconds of ``500ms``, ``15min``, ``400d``; None where the text is no duration or is not
    whole."""
    return _whole(text, _MILLISECONDS)


def rate_bps(text: str) -> int | None:
    """Bits per second of ``20 Mbit/s``; None where the text is no rate."""
    return _whole(text, _BITS_PER_SECOND)


def size_bytes(text: str) -> int | None:
    """Bytes of ``10 GB``; None where the text is no size."""
    return _whole(text, _BYTES)


def percent(text: str) -> Decimal:
    """The number of ``10 %``. The text fits ``PERCENT_PATTERN``."""
    return Decimal(text.removesuffix("%").strip())


def _whole(text: str, units: dict[str, int]) -> int | None:
    found = _QUANTITY.fullmatch(text)
    if found is None or found[2] not in units or len(found[1]) > 30:
        return None
    value = Decimal(found[1]) * units[found[2]]
    return int(value) if value == int(value) and value < _MOST else None


def duration_text(milliseconds: int) -> str:
    """A duration in the largest unit that keeps it whole: ``90s``, ``15min``, ``500ms``."""
    for unit in ("d", "h", "min", "s"):
        if milliseconds and milliseconds % _MILLISECONDS[unit] == 0:
            return f"{milliseconds // _MILLISECONDS[unit]}{unit}"
    return f"{milliseconds}ms"
