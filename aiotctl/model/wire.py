"""How values are written as JSON and read back: plans for scalars, and plans made of other plans.

What the plans say is told in ``aiotctl.model.codec``, which is where they are used.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from operator import attrgetter
from types import NoneType
from typing import Any, cast

from aiotctl.model.blueprint import Json

Encoder = Callable[[Any], Any]
Decoder = Callable[[Any], Any]
BARE = (str, int, float, bool, NoneType)
"""The types that JSON itself tells apart."""


class CodecError(ValueError):
    """JSON that is not what its type declares: where, from the outermost field inwards, and why."""

    def __init__(self, why: str, where: tuple[str, ...] = ()) -> None:
        super().__init__(f"{'.'.join(where)}: {why}" if where else why)
        self.why = why
        self.where = where

    def within(self, step: str) -> CodecError:
        """The same error as seen from one level further out."""
        return CodecError(self.why, (step, *self.where))


@dataclass(frozen=True, slots=True)
class Plan:
    """How values of one type are written and read."""

    encode: Encoder
    decode: Decoder


def _same(value: Any) -> Any:
    return value


AS_IT_IS = Plan(_same, _same)
"""For what is a JSON tree already."""


def scalar(kind: type[Any]) -> Plan:
    """A value that stands in JSON as itself, and is refused where it is of another type."""

    def read(tree: Any) -> Any:
        if type(tree) is not kind:
            raise expected(kind.__name__, tree)
        return tree

    return Plan(_same, read)


def _write_float(value: Any) -> float | str:
    return float(value) if math.isfinite(value) else str(value)


def _read_float(tree: Any) -> float:
    if type(tree) in (float, int) or tree in ("nan", "inf", "-inf"):
        try:
            return float(tree)
        except OverflowError:  # a whole number of more than 308 digits
            raise expected("a number", tree) from None
    raise expected("a number", tree)


FLOAT = Plan(_write_float, _read_float)
"""A number; one that JSON has no spelling for is text."""


def _from_text(what: str, parse: Callable[[str], Any]) -> Decoder:
    def read(tree: Any) -> Any:
        if type(tree) is not str:
            raise expected(what, tree)
        try:
            return parse(tree)
        except (ValueError, InvalidOperation):
            raise expected(what, tree) from None

    return read


DECIMAL = Plan(str, _from_text("a decimal number as text", Decimal))
"""A decimal number as text, so that it stays exactly what was written."""

TIME = Plan(datetime.isoformat, _from_text("a time as text", datetime.fromisoformat))
"""A time as ISO 8601 text with its offset."""

BYTES = Plan(bytes.hex, _from_text("bytes in hexadecimal", bytes.fromhex))
"""Bytes as hexadecimal digits."""


def enum(kind: type[Enum]) -> Plan:
    """A member of an enumeration, by its value."""
    return Plan(attrgetter("value"), _one_of({member.value: member for member in kind}))


def literal(values: Sequence[Any]) -> Plan:
    """One of some fixed values."""
    return Plan(_same, _one_of({value: value for value in values}))


def _one_of(members: Mapping[Any, Any]) -> Decoder:
    def read(tree: Any) -> Any:
        if type(tree) not in (str, int) or tree not in members:
            raise CodecError(f"{tree!r} is none of {', '.join(str(value) for value in members)}")
        return members[tree]

    return read


def fixed(items: Sequence[Plan]) -> Plan:
    """A tuple of known length, each part of its own type."""
    decoders = [item.decode for item in items]

    def write(value: Any) -> Json:
        return [item.encode(part) for item, part in zip(items, value, strict=True)]

    def read(tree: Any) -> Any:
        if type(tree) is not list or len(cast(list[Any], tree)) != len(items):
            raise expected(f"a list of {len(items)}", tree)
        return tuple(_each(cast(list[Any], tree), decoders))

    return Plan(write, read)


def sequence(item: Plan) -> Plan:
    """A tuple of any length."""
    encoder, decoder = item.encode, item.decode

    def write(value: Any) -> Json:
        return [encoder(part) for part in value]

    def read(tree: Any) -> Any:
        if type(tree) is not list:
            raise expected("a list", tree)
        parts = cast(list[Any], tree)
        return tuple(_each(parts, [decoder] * len(parts)))

    return Plan(write, read)


def unordered(item: Plan) -> Plan:
    """A set: written in an order of its own making, so that the same set is always spelt the same."""
    ordered = sequence(item)

    def write(value: Any) -> Json:
        return sorted(ordered.encode(value), key=lambda tree: json.dumps(tree, sort_keys=True))

    def read(tree: Any) -> Any:
        return frozenset(ordered.decode(tree))

    return Plan(write, read)


def _each(parts: list[Any], decoders: list[Decoder]) -> Iterator[Any]:
    for index, (part, decoder) in enumerate(zip(parts, decoders, strict=True)):
        try:
            yield decoder(part)
        except CodecError as error:
            raise error.within(str(index)) from None


def mapping(key: Plan, item: Plan) -> Plan:
    """A mapping whose keys are text."""

    def write(value: Any) -> Json:
        return {key.encode(name): item.encode(part) for name, part in value.items()}

    def read(tree: Any) -> Any:
        if type(tree) is not dict:
            raise expected("an object", tree)
        given: dict[Any, Any] = {}
        for name, part in cast(dict[str, Any], tree).items():
            try:
                given[key.decode(name)] = item.decode(part)
            except CodecError as error:
                raise error.within(name) from None
        return given

    return Plan(write, read)


def optional(item: Plan) -> Plan:
    """A value or null."""

    def write(value: Any) -> Json:
        return None if value is None else item.encode(value)

    def read(tree: Any) -> Any:
        return None if tree is None else item.decode(tree)

    return Plan(write, read)


def fields(kind: type[Any], items: Mapping[str, Plan], optional: Iterable[str]) -> Plan:
    """A dataclass or named tuple: an object with one key a field; those in ``optional`` may be absent."""
    writers = [(name, item.encode) for name, item in items.items()]
    readers = {name: item.decode for name, item in items.items()}
    required = [name for name in items if name not in set(optional)]

    def write(value: Any) -> Json:
        return {name: encoder(getattr(value, name)) for name, encoder in writers}

    def read(tree: Any) -> Any:
        if type(tree) is not dict:
            raise expected(f"an object ({kind.__name__})", tree)
        given: dict[str, Any] = {}
        for name, part in cast(dict[str, Any], tree).items():
            reader = readers.get(name)
            if reader is None:
                raise CodecError(f"unknown key {name!r} of {kind.__name__}; it has {', '.join(items)}")
            try:
                given[name] = reader(part)
            except CodecError as error:
                raise error.within(name) from None
        missing = [name for name in required if name not in given]
        if missing:
            raise CodecError(f"{kind.__name__} lacks {', '.join(missing)}")
        return kind(**given)

    return Plan(write, read)


def expected(what: str, tree: Any) -> CodecError:
    """The error for a tree of another kind than declared."""
    return CodecError(f"expected {what}, found {type(tree).__name__}")
