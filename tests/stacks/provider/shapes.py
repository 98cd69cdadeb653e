"""What a value may look like, as data, and whether one does.

A shape is one of

- ``{"is": "string" | "integer" | "number" | "boolean" | "any"}``
- ``{"is": "list" | "map", "of": shape}``, ``{"is": "union", "of": [shape, ...]}``
- ``{"is": "enum", "values": [...]}``
- ``{"is": "object", "name": NAME}``; NAME stands among the objects of the same schema, which are
  ``{NAME: {property: {"shape": ..., "required": ...}}}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Pulumi's mark of a value that is known after apply only."""

Shape = Mapping[str, Any]
Properties = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong with the value at a path."""

    path: str
    reason: str


def unknown(value: Any) -> bool:
    """Whether it, or something in it, is not known yet."""
    match value:
        case dict():
            return any(unknown(one) for one in value.values())
        case list():
            return any(unknown(one) for one in value)
        case _:
            return value == UNKNOWN


def failures(
    properties: Properties, objects: Mapping[str, Properties], value: Any, path: str = ""
) -> Iterator[Failure]:
    """What is wrong with an object that has these properties."""
    if not isinstance(value, dict):
        yield Failure(path, f"an object expected, not {_kind(value)}")
        return
    for name in sorted(value.keys() - properties.keys()):
        yield Failure(_at(path, name), "unknown property")
    for name, property_ in properties.items():
        given = value.get(name)
        if given is None:
            if property_["required"]:
                yield Failure(_at(path, name), "missing required property")
        else:
            yield from _failures(property_["shape"], objects, given, _at(path, name))


def _failures(shape: Shape, objects: Mapping[str, Properties], value: Any, path: str) -> Iterator[Failure]:
    if value == UNKNOWN or shape["is"] == "any":
        return
    match shape["is"]:
        case "list":
            yield from _items(shape, objects, value, path)
        case "map":
            yield from _entries(shape, objects, value, path)
        case "object":
            yield from failures(objects[shape["name"]], objects, value, path)
        case "enum":
            if value not in shape["values"]:
                yield Failure(path, f"{value!r} is none of {', '.join(map(str, shape['values'][:8]))} ...")
        case "union":
            tried = [list(_failures(one, objects, value, path)) for one in shape["of"]]
            if all(tried):
                yield min(tried, key=len)[0]
        case _:
            if not _is(shape["is"], value):
                yield Failure(path, f"{shape['is']} expected, not {_kind(value)}")


def _items(shape: Shape, objects: Mapping[str, Properties], value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, list):
        yield Failure(path, f"a list expected, not {_kind(value)}")
        return
    for n, one in enumerate(value):
        yield from _failures(shape["of"], objects, one, f"{path}[{n}]")


def _entries(shape: Shape, objects: Mapping[str, Properties], value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, dict):
        yield Failure(path, f"a map expected, not {_kind(value)}")
        return
    for name, one in value.items():
        yield from _failures(shape["of"], objects, one, _at(path, name))


def _is(scalar: str, value: Any) -> bool:
    match scalar:
        case "boolean":
            return isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "integer":
            return (
                not isinstance(value, bool) and isinstance(value, int | float) and float(value).is_integer()
            )
        case _:
            return not isinstance(value, bool) and isinstance(value, int | float)


def _kind(value: Any) -> str:
    names = {bool: "a boolean", str: "a string", dict: "an object", list: "a list"}
    return names.get(type(value), "a number")


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
