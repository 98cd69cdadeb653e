"""Access to data of which the shape may not fit."""

from __future__ import annotations

from typing import Any, cast


def mapping_of(value: Any) -> dict[str, Any]:
    """The mapping, or an empty one where something else stands; that is told by the shape."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
