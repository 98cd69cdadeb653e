"""Mosquitto's configuration: a key and its value on each line, the value being the rest of the line."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aiotctl.model.primitives import Part, Ref, Text

Value = str | int | bool | Ref | Text
_WORD = re.compile(r"[A-Za-z0-9_.~/+-]+")
_LINE = re.compile(r"[^\x00-\x1f\x7f]+")


def lines(*blocks: Mapping[str, Value] | tuple[tuple[str, Value], ...]) -> Text:
    """Blocks of keys and values, an empty line between them."""
    parts: list[Part] = []
    for number, block in enumerate(blocks):
        parts.append("\n" if number else "")
        pairs = tuple(block.items()) if isinstance(block, Mapping) else block
        for key, value in pairs:
            parts += [f"{key} ", *_value(value), "\n"]
    return tuple(part for part in parts if part)


def _value(value: Value) -> Text:
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, tuple):
        return value
    if isinstance(value, str):
        if not _LINE.fullmatch(value):
            raise ValueError(f"{value!r} is no value of one line")
        return (value,)
    return (value,) if isinstance(value, Ref) else (str(value),)


def word(text: str) -> str:
    """A name that is one word in each of Mosquitto's files; names are validated to be no more than that."""
    if not _WORD.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a client")
    return text
