"""Reads arguments from JSON, strictly: an unknown, missing or mistyped value is an error with its path."""

from __future__ import annotations

import json
import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, cast

from stacks.contract.arguments import Arguments


def read(path: Path) -> Arguments:
    """The arguments in a file. Raises ValueError."""
    return cast(Arguments, _value(Arguments, json.loads(path.read_text(encoding="utf-8")), path.name))


def _value(wanted: Any, data: Any, where: str) -> Any:
    if typing.get_origin(wanted) is types.UnionType:
        inner = next(one for one in typing.get_args(wanted) if one is not types.NoneType)
        return None if data is None else _value(inner, data, where)
    if typing.get_origin(wanted) is tuple:
        return _list(typing.get_args(wanted)[0], data, where)
    if is_dataclass(wanted):
        return _object(cast("type[Any]", wanted), data, where)
    if type(data) is not wanted:
        raise ValueError(f"{where}: {wanted.__name__} expected, not {type(data).__name__}")
    return data


def _list(wanted: Any, data: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise ValueError(f"{where}: a list expected, not {type(data).__name__}")
    return tuple(_value(wanted, one, f"{where}[{n}]") for n, one in enumerate(cast("list[Any]", data)))


def _object(wanted: type[Any], data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise ValueError(f"{where}: an object expected, not {type(data).__name__}")
    given = cast("dict[str, Any]", data)
    types_of = typing.get_type_hints(wanted)
    known = {field.name: field for field in fields(wanted)}
    unknown = sorted(given.keys() - known.keys())
    missing = sorted(name for name, field in known.items() if field.default is MISSING and name not in given)
    if unknown or missing:
        raise ValueError(f"{where}: unknown {unknown}, missing {missing}")
    return wanted(**{name: _value(types_of[name], one, f"{where}.{name}") for name, one in given.items()})
