"""Python values as Starlark literals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from aiotctl.catalog.collectors.telegraf.quoting import quote

Literal = str | int | float | bool | None | Sequence["Literal"] | Mapping[str, "Literal"]


def literal(value: Literal, indent: str = "") -> str:
    """The value as Starlark source; mappings go over several lines, everything else stays on one."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return _mapping(value, indent)
    inner = ", ".join(literal(item) for item in value)
    return f"({inner},)" if value else "()"


def _mapping(value: Mapping[str, Literal], indent: str) -> str:
    if not value:
        return "{}"
    if not any(isinstance(item, Mapping) for item in value.values()):
        return "{" + ", ".join(f"{quote(k)}: {literal(v)}" for k, v in value.items()) + "}"
    deeper = indent + "  "
    lines = "".join(f"{deeper}{quote(k)}: {literal(v, deeper)},\n" for k, v in value.items())
    return "{\n" + lines + indent + "}"
