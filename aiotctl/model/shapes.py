"""Finds the plan for a type from its hints: once for each type, kept from then on."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from aiotctl.model import wire
from aiotctl.model.blueprint import Json
from aiotctl.model.wire import BARE, CodecError, Plan

_TEXTS = {Decimal: wire.DECIMAL, datetime: wire.TIME, bytes: wire.BYTES}


@cache
def plan_of(hint: Any) -> Plan:
    """The plan for a type hint. Raises TypeError for a type that JSON cannot carry."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _union(arguments)
    if origin is tuple:
        return _tuple(arguments)
    if origin is frozenset:
        return wire.unordered(plan_of(arguments[0]))
    if origin is Literal:
        return wire.literal(arguments)
    if isinstance(origin, type) and issubclass(origin, Mapping) and issubclass(arguments[0], str):
        return wire.mapping(plan_of(arguments[0]), plan_of(arguments[1]))
    if isinstance(hint, type):
        return _class(cast(type[Any], hint))
    raise TypeError(f"{hint!r} cannot be written as JSON")


def _class(kind: type[Any]) -> Plan:
    if issubclass(kind, Enum):
        return wire.enum(kind)
    if kind is float:
        return wire.FLOAT
    if kind in BARE:
        return wire.scalar(kind)
    if kind in _TEXTS:
        return _TEXTS[kind]
    if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
        return _fields(kind)
    if kind.__dict__.get("__slots__") == ():
        return _open(kind)
    raise TypeError(f"{kind.__name__} cannot be written as JSON")


def _tuple(parts: tuple[Any, ...]) -> Plan:
    if len(parts) == 2 and parts[1] is Ellipsis:
        return wire.sequence(plan_of(parts[0]))
    return wire.fixed([plan_of(part) for part in parts])


def _fields(kind: type[Any]) -> Plan:
    hints = get_type_hints(kind)
    if hasattr(kind, "_fields"):
        return wire.fields(kind, {name: plan_of(hints[name]) for name in kind._fields}, kind._field_defaults)
    declared = dataclasses.fields(kind)
    absent = dataclasses.MISSING
    optional = [f.name for f in declared if f.default is not absent or f.default_factory is not absent]
    return wire.fields(kind, {f.name: plan_of(hints[f.name]) for f in declared}, optional)


def _union(members: tuple[Any, ...]) -> Plan:
    if any(get_origin(member) in (list, dict) for member in members):
        return wire.AS_IT_IS  # ``Json`` is declared as a union of what JSON has
    rest = [member for member in members if member is not NoneType]
    if len(rest) == 1:
        return wire.optional(plan_of(rest[0]))
    bare = [member for member in members if member in BARE]
    return _tagged(bare, {member.__name__: member for member in rest if member not in BARE})


def _tagged(bare: list[type[Any]], tagged: Mapping[str, type[Any]]) -> Plan:
    """Either a bare scalar, or an object with one key: the name of the type it holds."""
    plans = {name: plan_of(kind) for name, kind in tagged.items()}
    if float in bare:
        plans["float"] = wire.FLOAT
    names = {kind: name for name, kind in tagged.items()}
    told = ", ".join([*(kind.__name__ for kind in bare), *tagged])

    def write(value: Any) -> Json:
        kind = cast(type[Any], type(value))
        name = "float" if kind is float and not math.isfinite(value) else names.get(kind)
        if name in plans:
            return {name: plans[name].encode(value)}
        if kind not in bare:
            raise TypeError(f"{kind.__name__} is none of {told}")
        return value

    def read(tree: Any) -> Any:
        if type(tree) in bare:
            return tree
        name, part = _tag(tree, told)
        if name not in plans:
            raise CodecError(f"unknown tag {name!r}; it may be one of {told}")
        return plans[name].decode(part)

    return Plan(write, read)


def _open(base: type[Any]) -> Plan:
    """A base class without fields: any of its loaded subclasses, tagged with the class's name."""

    def write(value: Any) -> Json:
        kind = cast(type[Any], type(value))
        return {kind.__name__: plan_of(kind).encode(value)}

    def read(tree: Any) -> Any:
        name, part = _tag(tree, f"a tagged {base.__name__}")
        found = [kind for kind in _subclasses(base) if kind.__name__ == name]
        if not found:
            raise CodecError(f"{name!r} is no {base.__name__}")
        return plan_of(found[-1]).decode(
            part
        )  # the last: slots=True leaves the class it was made from behind

    return Plan(write, read)


def _subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


def _tag(tree: Any, what: str) -> tuple[str, Any]:
    if type(tree) is not dict or len(cast(dict[str, Any], tree)) != 1:
        raise wire.expected(what, tree)
    [(name, part)] = cast(dict[str, Any], tree).items()
    return name, part
