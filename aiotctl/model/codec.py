"""Turns the model's frozen dataclasses and named tuples into JSON trees and back, driven by their type hints.

How a value is written follows from its declared type alone: a dataclass or named tuple is an object of all
its fields (none is left out at its default, or a digest would not see that a default changed), a tuple
a list, a mapping an object, an enum its value, ``Decimal`` a string, a float that JSON has no number for
(``nan``, ``inf``) a string too. In a union, what JSON tells apart by itself (null, text, numbers, booleans)
stands bare; every other member, and whatever is declared by a base class without fields, is tagged:
``{"Ref": {...}}``.
Reading takes a missing field's default and refuses an unknown one; ``decode(type(x), encode(x)) == x`` holds
for all of the model but callables.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from aiotctl.model.blueprint import Json

T = TypeVar("T")
Encoder = Callable[[Any], Any]
Decoder = Callable[[Any], Any]
_BARE = (str, int, float, bool, NoneType)


class CodecError(ValueError):
    """JSON that is not what its type declares: where, from the outermost field inwards, and why."""

    def __init__(self, why: str, where: tuple[str, ...] = ()) -> None:
        super().__init__(f"{'.'.join(where)}: {why}" if where else why)
        self.why = why
        self.where = where

    def within(self, step: str) -> CodecError:
        """The same error as seen from one level further out."""
        return CodecError(self.why, (step, *self.where))


class _Plan(NamedTuple):
    """How values of one type are written and read."""

    encode: Encoder
    decode: Decoder


def encode(value: object) -> Json:
    """The JSON tree of a value of the model. Raises TypeError for what JSON cannot carry (a callable)."""
    return _plan(type(value)).encode(value)


def decode(kind: type[T], tree: Json) -> T:
    """The value of type ``kind`` that ``tree`` was made of; raises CodecError where it is anything else."""
    return cast(T, _plan(kind).decode(tree))


def canonical(value: object) -> bytes:
    """The one spelling of a value (a JSON tree or a value of the model): keys sorted, no spaces, UTF-8."""
    tree = cast(Json, value) if type(value) in (dict, list, *_BARE) else encode(value)
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(content: bytes) -> str:
    """The content address of some bytes: ``sha256:`` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


@cache
def _plan(hint: Any) -> _Plan:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _union(get_args(hint))
    if origin is tuple:
        return _tuple(get_args(hint))
    if origin is frozenset:
        return _frozenset(get_args(hint)[0])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(*get_args(hint))
    if origin is Literal:
        return _literal(get_args(hint))
    if isinstance(hint, type):
        return _class(cast(type[Any], hint))
    raise TypeError(f"{hint!r} cannot be written as JSON")


def _same(value: Any) -> Any:
    return value


def _class(kind: type[Any]) -> _Plan:
    if issubclass(kind, Enum):
        return _Plan(attrgetter("value"), _enum_decoder(kind))
    if kind in _BARE:
        return _scalar(kind)
    if kind is Decimal:
        return _Plan(str, _decimal)
    if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
        return _fields(kind)
    if kind.__dict__.get("__slots__") == ():
        return _open(kind)
    raise TypeError(f"{kind.__name__} cannot be written as JSON")


def _scalar(kind: type[Any]) -> _Plan:
    if kind is float:
        return _Plan(_write_float, _float)

    def read(tree: Any) -> Any:
        if type(tree) is not kind:
            raise _expected(kind.__name__, tree)
        return tree

    return _Plan(_same, read)


def _write_float(value: Any) -> float | str:
    return float(value) if math.isfinite(value) else str(value)


def _float(tree: Any) -> float:
    if type(tree) in (float, int) or tree in ("nan", "inf", "-inf"):
        return float(tree)
    raise _expected("a number", tree)


def _decimal(tree: Any) -> Decimal:
    if type(tree) is not str:
        raise _expected("a decimal number as text", tree)
    try:
        return Decimal(tree)
    except InvalidOperation:
        raise _expected("a decimal number as text", tree) from None


def _enum_decoder(kind: type[Enum]) -> Decoder:
    members = {member.value: member for member in kind}

    def read(tree: Any) -> Any:
        found = members.get(tree) if type(tree) in (str, int) else None
        if found is None:
            raise CodecError(f"{tree!r} is none of {', '.join(str(value) for value in members)}")
        return found

    return read


def _literal(values: tuple[Any, ...]) -> _Plan:
    def read(tree: Any) -> Any:
        if tree not in values:
            raise CodecError(f"{tree!r} is none of {', '.join(str(value) for value in values)}")
        return tree

    return _Plan(_same, read)


def _fields(kind: type[Any]) -> _Plan:
    """A dataclass or named tuple: an object with one key a field."""
    hints = get_type_hints(kind)
    names, optional = _names(kind)
    plans = {name: _plan(hints[name]) for name in names}
    writers = [(name, plan.encode) for name, plan in plans.items()]
    readers = {name: plan.decode for name, plan in plans.items()}
    required = [name for name in names if name not in optional]

    def write(value: Any) -> Json:
        return {name: encoder(getattr(value, name)) for name, encoder in writers}

    def read(tree: Any) -> Any:
        if type(tree) is not dict:
            raise _expected(f"an object ({kind.__name__})", tree)
        given: dict[str, Any] = {}
        for name, part in cast(dict[str, Any], tree).items():
            reader = readers.get(name)
            if reader is None:
                raise CodecError(f"unknown key {name!r} of {kind.__name__}; it has {', '.join(names)}")
            try:
                given[name] = reader(part)
            except CodecError as error:
                raise error.within(name) from None
        missing = [name for name in required if name not in given]
        if missing:
            raise CodecError(f"{kind.__name__} lacks {', '.join(missing)}")
        return kind(**given)

    return _Plan(write, read)


def _names(kind: type[Any]) -> tuple[tuple[str, ...], frozenset[str]]:
    """All fields of a class in their order, and those that have a default."""
    if hasattr(kind, "_fields"):
        return kind._fields, frozenset(kind._field_defaults)
    fields = dataclasses.fields(kind)
    missing = dataclasses.MISSING
    optional = (f.name for f in fields if f.default is not missing or f.default_factory is not missing)
    return tuple(f.name for f in fields), frozenset(optional)


def _tuple(parts: tuple[Any, ...]) -> _Plan:
    if len(parts) == 2 and parts[1] is Ellipsis:
        return _sequence(_plan(parts[0]), tuple)
    plans = [_plan(part) for part in parts]

    def write(value: Any) -> Json:
        return [plan.encode(part) for plan, part in zip(plans, value, strict=True)]

    def read(tree: Any) -> Any:
        if type(tree) is not list or len(cast(list[Any], tree)) != len(plans):
            raise _expected(f"a list of {len(plans)}", tree)
        return tuple(_each(cast(list[Any], tree), [plan.decode for plan in plans]))

    return _Plan(write, read)


def _sequence(item: _Plan, build: Callable[[Iterator[Any]], Any]) -> _Plan:
    encoder, decoder = item

    def read(tree: Any) -> Any:
        if type(tree) is not list:
            raise _expected("a list", tree)
        parts = cast(list[Any], tree)
        return build(_each(parts, [decoder] * len(parts)))

    def write(value: Any) -> Json:
        return [encoder(part) for part in value]

    return _Plan(write, read)


def _frozenset(item: Any) -> _Plan:
    plan = _sequence(_plan(item), frozenset)

    def write(value: Any) -> Json:
        return sorted(plan.encode(value), key=canonical)

    return _Plan(write, plan.decode)


def _each(parts: list[Any], decoders: list[Decoder]) -> Iterator[Any]:
    for index, (part, decoder) in enumerate(zip(parts, decoders, strict=True)):
        try:
            yield decoder(part)
        except CodecError as error:
            raise error.within(str(index)) from None


def _mapping(key: Any, item: Any) -> _Plan:
    if not issubclass(key, str):
        raise TypeError(f"a mapping's keys must be text, not {key!r}")
    keys, items = _plan(key), _plan(item)

    def write(value: Any) -> Json:
        return {keys.encode(name): items.encode(part) for name, part in value.items()}

    def read(tree: Any) -> Any:
        if type(tree) is not dict:
            raise _expected("an object", tree)
        given: dict[Any, Any] = {}
        for name, part in cast(dict[str, Any], tree).items():
            try:
                given[keys.decode(name)] = items.decode(part)
            except CodecError as error:
                raise error.within(name) from None
        return given

    return _Plan(write, read)


def _union(members: tuple[Any, ...]) -> _Plan:
    if any(get_origin(member) in (list, dict) for member in members):
        return _Plan(_same, _same)  # ``Json`` itself
    rest = [member for member in members if member is not NoneType]
    if len(rest) == 1:
        return _optional(_plan(rest[0]))
    bare = {member: _plan(member) for member in rest if member in _BARE}
    tagged = {member.__name__: member for member in rest if member not in bare}
    return _tagged(bare, tagged, NoneType in members)


def _optional(plan: _Plan) -> _Plan:
    def write(value: Any) -> Json:
        return None if value is None else plan.encode(value)

    def read(tree: Any) -> Any:
        return None if tree is None else plan.decode(tree)

    return _Plan(write, read)


def _tagged(bare: Mapping[type[Any], _Plan], tagged: Mapping[str, type[Any]], nullable: bool) -> _Plan:
    plans = {name: _plan(kind) for name, kind in tagged.items()}
    names = {kind: name for name, kind in tagged.items()}

    def write(value: Any) -> Json:
        kind = cast(type[Any], type(value))
        if kind in names:
            return {names[kind]: plans[names[kind]].encode(value)}
        if kind is float and not math.isfinite(value):
            return {"float": str(value)}
        if kind in bare or (nullable and value is None):
            return value
        raise TypeError(f"{kind.__name__} is none of {', '.join([*(k.__name__ for k in bare), *plans])}")

    def read(tree: Any) -> Any:
        if type(tree) in bare or (nullable and tree is None):
            return tree
        if type(tree) is not dict or len(cast(dict[str, Any], tree)) != 1:
            raise _expected(" or ".join([*(k.__name__ for k in bare), *plans]), tree)
        [(name, part)] = cast(dict[str, Any], tree).items()
        if name == "float" and float in bare:
            return _float(part)
        if name not in plans:
            raise CodecError(f"unknown tag {name!r}; it may be {', '.join(plans)}")
        return plans[name].decode(part)

    return _Plan(write, read)


def _open(base: type[Any]) -> _Plan:
    """A base class without fields: any of its loaded subclasses, tagged with the class's name."""

    def subclasses(kind: type[Any]) -> Iterator[type[Any]]:
        for child in kind.__subclasses__():
            yield child
            yield from subclasses(child)

    def write(value: Any) -> Json:
        kind = cast(type[Any], type(value))
        return {kind.__name__: _plan(kind).encode(value)}

    def read(tree: Any) -> Any:
        if type(tree) is not dict or len(cast(dict[str, Any], tree)) != 1:
            raise _expected(f"one tagged {base.__name__}", tree)
        [(name, part)] = cast(dict[str, Any], tree).items()
        found = [found for found in subclasses(base) if found.__name__ == name]
        if not found:
            raise CodecError(f"{name!r} is no {base.__name__}")
        return _plan(found[-1]).decode(part)  # the last: slots=True leaves the class it was made from behind

    return _Plan(write, read)


def _expected(what: str, tree: Any) -> CodecError:
    return CodecError(f"expected {what}, found {type(tree).__name__}")
