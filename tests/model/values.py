"""Hypothesis strategies for values of the model, from its type hints and not by the codec's own rules."""

import dataclasses
import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum

from hypothesis import strategies as st

import aiotctl.model
from aiotctl.model import blueprint
from aiotctl.model.blueprint import Read, Step

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = {
    str: TEXT,
    int: st.integers(-(2**63), 2**64),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    bytes: st.binary(max_size=8),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@dataclasses.dataclass(frozen=True, slots=True)
class RegisterRead(Read):
    """Stands for the reads that the catalog's protocols declare."""

    register: int
    word_order: str = "big"


def model_types() -> list[type]:
    """Every dataclass and named tuple that a module of the model defines and JSON can carry."""
    modules = [
        importlib.import_module(f"aiotctl.model.{m.name}")
        for m in pkgutil.iter_modules(aiotctl.model.__path__)
    ]
    found = [
        value
        for module in modules
        if module.__name__ not in ("aiotctl.model.wire", "aiotctl.model.shapes", "aiotctl.model.codec")
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__
    ]
    return [kind for kind in found if _has_fields(kind) and not _calls(kind)]


def _has_fields(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) or hasattr(kind, "_fields")


def _calls(kind: type) -> bool:
    return any("Callable" in str(hint) for hint in typing.get_type_hints(kind).values())


def values(hint: object) -> st.SearchStrategy:
    """Any value of a type hint of the model."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in SCALARS:
        return SCALARS[hint]
    if any(typing.get_origin(a) in (list, dict) for a in arguments):
        return JSON
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values(a) for a in arguments])
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(a) for a in arguments))
    if origin is frozenset:
        return st.frozensets(values(arguments[0]), max_size=3)
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    return _of_class(hint)


def _of_class(kind: type) -> st.SearchStrategy:
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    if kind is Read:
        return values(RegisterRead)
    if kind is Step:
        return st.one_of([values(k) for k in vars(blueprint).values() if k in Step.__subclasses__()])
    if not _has_fields(kind):
        return st.none()
    hints = typing.get_type_hints(kind)
    names = kind._fields if hasattr(kind, "_fields") else [f.name for f in dataclasses.fields(kind)]
    return st.builds(kind, **{name: values(hints[name]) for name in names})
