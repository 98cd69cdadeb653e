"""What a plain YAML scalar means: YAML 1.2's core schema, with decimals kept exact.

``no``, ``on``, ``12:30:45``, ``0644`` and ``1_000`` are text here: YAML 1.1 would silently make them false,
true, 45045, 420 and 1000. Where a number or a boolean is needed, text gives a finding.
"""

from __future__ import annotations

import re
from decimal import Decimal

Scalar = str | int | bool | Decimal | None

_WORDS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMBER = re.compile(
    r"(?P<int>[-+]?(?:0|[1-9][0-9]*))|(?P<hex>0x[0-9a-fA-F]+)|(?P<oct>0o[0-7]+)"
    r"|[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,2})?"
)
_NUMBER_STARTS = frozenset("0123456789+-.")
_LONGEST_NUMBER = 60
"""Longer runs of digits are text: no register, range or factor needs them, and they are slow to convert."""


def plain(text: str) -> Scalar:
    """The value of an unquoted scalar."""
    if text[:1] in _NUMBER_STARTS and text:
        found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
        if found is None:
            return text
        if found["int"]:
            return int(text)
        if found["hex"]:
            return int(text, 16)
        return int(text, 8) if found["oct"] else Decimal(text)
    return _WORDS.get(text, text)
