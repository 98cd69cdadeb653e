"""What the clouds say when they fail, in their own words (``troubles.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("troubles.toml")


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def words(cloud: str, kind: str, name: str = "") -> str:
    """What a cloud says about a trouble of this kind with the resource of this name."""
    return _table()[cloud][kind].replace("{name}", name)
