"""Facts: the whole input of a unit as a JSON tree, in the words of the blueprint, and digests over it.

A unit's digest is taken over its facts and not over rendered text: the same input gives the same bytes, so
equal facts
mean equal files, and ten thousand hosts are compared without rendering one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from aiotctl.model.blueprint import Json

_KEYED = ("name", "point")
"""Fields by which a member of a list is told from its neighbours, so that a difference names it and not its
index.
"""


def tree(value: Any) -> Json:
    """A JSON tree of frozen data. Fields that are None or empty are left out; lists of named things become
    mappings.
    """
    if isinstance(value, Enum):
        return cast(Json, value.value)
    if isinstance(value, Decimal):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): tree(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if hasattr(value, "_fields"):
        return _record((name, getattr(value, name)) for name in value._fields)
    if is_dataclass(value):
        return _record((field.name, getattr(value, field.name)) for field in fields(value))
    return _members(list(cast("Iterable[Any]", value)))


def digest(facts: Json) -> str:
    """SHA-256 over canonical JSON."""
    return digest_text(json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def digest_text(text: str) -> str:
    """SHA-256 of a text, in the form in which digests are written everywhere."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _record(items: Iterable[tuple[str, Any]]) -> Json:
    return {name: tree(item) for name, item in items if item is not None and item != () and item != ""}


def _members(items: list[Any]) -> Json:
    for key in _KEYED:
        names = [getattr(item, key, None) for item in items]
        if items and all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return {cast(str, name): tree(item) for name, item in zip(names, items, strict=True)}
    return [tree(item) for item in items]
