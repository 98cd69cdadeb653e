"""Text for terminals: what is shown is always escaped, and colours have meanings instead of names.

A view never writes escape sequences of its own and never trusts a name, a topic or a value: it hands parts to
a ``Screen``, which escapes each of them and then paints it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import StrEnum


class Style(StrEnum):
    """What a colour means; the value holds the parameters of the terminal's SGR sequence."""

    ERROR = "1;31"
    WARNING = "1;33"
    GOOD = "32"
    BAD = "31"
    DOUBTFUL = "33"
    ADD = "32"
    CHANGE = "33"
    REMOVE = "31"
    REPAIR = "35"
    PLACE = "36"
    STRONG = "1"
    FAINT = "2"


Part = str | tuple[Style, str]

_NAMED = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r", 0x1B: "\\x1b"}
# C0, DEL and C1 steer a terminal; the others reorder or hide text, so that a reader sees what is not there.
_STEERING = [*range(0x20), *range(0x7F, 0xA0)]
_FORMATS = [0xAD, 0x61C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
_HIDING = [*_FORMATS, *range(0xD800, 0xE000), *range(0xE0000, 0xE0080)]
_ESCAPES = {
    **{code: _NAMED.get(code, f"\\x{code:02x}") for code in _STEERING},
    **{code: f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}" for code in _HIDING},
}


def escaped(text: str) -> str:
    """The text with everything made visible that would steer a terminal or hide something from its reader."""
    return text if text.isascii() and text.isprintable() else text.translate(_ESCAPES)


def painted(parts: Iterable[Part], colour: bool) -> str:
    """One line of the parts, each escaped."""
    if not colour:
        return "".join(escaped(part if isinstance(part, str) else part[1]) for part in parts)
    return "".join(
        escaped(part) if isinstance(part, str) else f"\x1b[{part[0]}m{escaped(part[1])}\x1b[0m"
        for part in parts
    )


def cells(text: str) -> int:
    """How many columns of a terminal the escaped text takes."""
    if text.isascii():
        return len(text)
    return sum(_cell(char) for char in text)


def _cell(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shortened(text: str, width: int) -> str:
    """The escaped text in at most ``width`` columns; what is too long loses its middle: ends tell most."""
    if cells(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    head_room = (width - 1) // 2
    head = _fitting(text, head_room)
    tail = _fitting(text[::-1], width - 1 - cells(head))[::-1]
    return f"{head}…{tail}"


def _fitting(text: str, width: int) -> str:
    taken = 0
    for index, char in enumerate(text):
        taken += _cell(char)
        if taken > width:
            return text[:index]
    return text


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 gateway``, ``412 gateways``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(words: Iterable[str], most: int = 4) -> str:
    """``a, b, c and 9 more``."""
    items = list(words)
    if len(items) <= most:
        return ", ".join(items)
    return f"{', '.join(items[: most - 1])} and {len(items) - most + 1:,} more"


def age(seconds: float) -> str:
    """A span of time as a person says it: ``0.4 s``, ``12 s``, ``3 min``, ``5 h``, ``2 d``."""
    if seconds < 0:
        return f"-{age(-seconds)}"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    for limit, divisor, unit in ((119.5, 1, "s"), (7170, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / divisor:.0f} {unit}"
    return f"{seconds / 86400:,.0f} d"


def size(count_of_bytes: float) -> str:
    """A number of bytes: ``512 B``, ``3.4 MB``."""
    for unit in ("B", "kB", "MB"):
        if count_of_bytes < 1000:
            return f"{count_of_bytes:.0f} {unit}" if unit == "B" else f"{count_of_bytes:.1f} {unit}"
        count_of_bytes /= 1000
    return f"{count_of_bytes:.1f} GB"
