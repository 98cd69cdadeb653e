"""Reads durations and sizes of an entry's options, which the entry's JSON Schema has accepted."""

from __future__ import annotations

from aiotctl.model.blueprint import Json
from aiotctl.quantities import duration_ms, size_bytes


def milliseconds(written: Json) -> int:
    """A duration in ms."""
    return _known(duration_ms(str(written)), written)


def seconds(written: Json) -> int:
    """A duration in whole seconds, at least one."""
    return max(1, milliseconds(written) // 1000)


def size(written: Json) -> int:
    """A size in bytes."""
    return _known(size_bytes(str(written)), written)


def _known(value: int | None, written: Json) -> int:
    if value is None:
        raise ValueError(f"{written!r} is no duration or size")
    return value
