"""What a message says: JSON laid out by the points' paths, or one plain value. Rendered once, then only
filled in.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import cast

from aiotctl.catalog.protocols.mqtt.paths import path_keys
from aiotctl.catalog.protocols.mqtt.read import MqttRead, Timestamp
from aiotctl.model.blueprint import PointType
from aiotctl.simulators.signals import Raw

Slot = Callable[[float], str]
Template = tuple[tuple[str, ...], tuple[int, ...]]
"""Literal pieces, and between them the numbers of the slots: points first, then time stamps."""

_MARK = re.compile(r'"\\u0000([0-9]+)\\u0000"')


def json_template(paths: Sequence[str]) -> Template:
    """A JSON document with a slot at each path; keys that are all numbers make an array."""
    tree: dict[str, object] = {}
    for number, path in enumerate(paths):
        *parents, last = path_keys(path)
        branch = tree
        for key in parents:
            branch = cast("dict[str, object]", branch.setdefault(key, {}))
        branch[last] = f"\0{number}\0"
    pieces = _MARK.split(json.dumps(_arrays(tree), separators=(",", ":")))
    return tuple(pieces[0::2]), tuple(int(number) for number in pieces[1::2])


def _arrays(node: object) -> object:
    if not isinstance(node, dict):
        return node
    branch = {key: _arrays(value) for key, value in cast("dict[str, object]", node).items()}
    if branch and all(key.isdecimal() for key in branch):
        return [branch.get(str(n)) for n in range(max(int(key) for key in branch) + 1)]
    return branch


def fill(template: Template, values: Sequence[str]) -> bytes:
    """The document with rendered values in its slots."""
    pieces, slots = template
    filled = [pieces[0]]
    for slot, piece in zip(slots, pieces[1:], strict=True):
        filled += (values[slot], piece)
    return "".join(filled).encode("utf-8")


def json_value(value: Raw) -> str:
    """A value as JSON; NaN, which JSON does not have, as null."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value)
    return repr(value) if math.isfinite(value) else "null"


def plain_value(value: Raw) -> str:
    """A value as the whole payload."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def stamp(form: Timestamp, whole_seconds: bool) -> Slot:
    """How a device's own time is written, from seconds since the epoch."""
    factors = {"unix_ms": 1_000, "unix_us": 1_000_000, "unix_ns": 1_000_000_000}
    if form.format in factors:
        factor, rest = factors[form.format], factors[form.format] // 1000
        return lambda time: str(round(time * 1000) * rest if rest else round(time * factor))
    if form.format == "unix":
        return lambda time: str(round(time)) if whole_seconds else f"{time:.3f}"
    return lambda time: f'"{_rfc3339(time)}"'


def _rfc3339(time: float) -> str:
    return (
        datetime.fromtimestamp(round(time * 1000) / 1000, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )


def mqtt_read(point: PointType) -> MqttRead:
    """How the point is read."""
    assert isinstance(point.read, MqttRead)
    return point.read
