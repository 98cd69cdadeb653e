"""Turns the model's frozen dataclasses and named tuples into JSON trees and back, driven by their type hints.

How a value is written follows from its declared type alone: a dataclass or named tuple is an object of all
its fields (none is left out at its default, or a digest would not see that a default changed), a tuple
a list, a mapping an object, an enum its value; ``Decimal``, ``datetime`` and ``bytes`` are text, and so is a
float that JSON has no number for (``nan``, ``inf``). In a union, what JSON tells apart by itself (null, text,
numbers, booleans) stands bare; every other member, and whatever is declared by a base class without fields,
is tagged: ``{"Ref": {...}}``. Reading takes a missing field's default and refuses an unknown one;
``decode(type(x), encode(x)) == x`` holds for all of the model but callables.
"""

from __future__ import annotations

import hashlib
import json
from typing import TypeVar, cast

from aiotctl.model.blueprint import Json
from aiotctl.model.shapes import plan_of
from aiotctl.model.wire import BARE, CodecError

__all__ = ["CodecError", "canonical", "decode", "digest", "encode"]

T = TypeVar("T")


def encode(value: object) -> Json:
    """The JSON tree of a value of the model. Raises TypeError for what JSON cannot carry (a callable)."""
    return plan_of(type(value)).encode(value)


def decode(kind: type[T], tree: Json) -> T:
    """The value of type ``kind`` that ``tree`` was made of; raises CodecError where it is anything else."""
    return cast(T, plan_of(kind).decode(tree))


def canonical(value: object) -> bytes:
    """The one spelling of a value (a JSON tree or a value of the model): keys sorted, no spaces, UTF-8."""
    tree = cast(Json, value) if type(value) in (dict, list, *BARE) else encode(value)
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(content: bytes) -> str:
    """The content address of some bytes: ``sha256:`` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(content).hexdigest()
