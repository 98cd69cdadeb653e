"""Which properties cannot be changed: what the SDK's words say, and what they do not say."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("immutables.toml")


@cache
def table() -> Mapping[str, Sequence[str]]:
    """Paths of immutable properties, by type or by cloud."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def of(token: str) -> frozenset[str]:
    """Paths of properties, without indices (``bootDisk.initializeParams.image``), whose change replaces."""
    every = table().get(token.split(":")[0], ())
    return frozenset((*every, *table().get(token, ())))


def changed(token: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The immutable paths whose values differ."""
    return [path for path in sorted(of(token)) if values(before, path) != values(after, path)]


def values(value: Any, path: str) -> list[Any]:
    """All values at a path; lists are passed through."""
    if isinstance(value, list):
        return [one for item in value for one in values(item, path)]
    if not path:
        return [value]
    first, _, rest = path.partition(".")
    return values(value[first], rest) if isinstance(value, dict) and first in value else []
