"""Properties as the engine sends them, and as plain values.

Secrets come wrapped and are unwrapped here; what goes back is wrapped again by name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

from google.protobuf import json_format, struct_pb2

Properties = dict[str, Any]

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the engine's mark of a secret, none itself
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that is not known yet, in previews."""


def plain(properties: struct_pb2.Struct) -> Properties:
    """Without secrets' wrapping; whole numbers as int."""
    return {name: _plain(value) for name, value in json_format.MessageToDict(properties).items()}


def packed(properties: Mapping[str, Any], secrets: Collection[str] = ()) -> struct_pb2.Struct:
    """For the engine; those named in `secrets` are marked as such."""
    made = struct_pb2.Struct()
    made.update(
        {
            name: {_SIGNATURE: _SECRET, "value": value} if name in secrets else value
            for name, value in properties.items()
        }
    )
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        if members.get(_SIGNATURE) == _SECRET:
            return _plain(members["value"])
        return {name: _plain(one) for name, one in members.items()}
    if isinstance(value, list):
        return [_plain(one) for one in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
