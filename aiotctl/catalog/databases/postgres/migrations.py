"""The numbered SQL files beside this module, as forward-only migrations."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from aiotctl.model.primitives import Migration

_FILE = re.compile(r"(?P<number>\d{4})_(?P<name>\w+)\.sql")


@cache
def migrations() -> tuple[Migration, ...]:
    """All migrations in ascending order. A file that was published once never changes; a change is a new
    file.
    """
    paths = sorted(Path(__file__).parent.glob("*.sql"))
    named = [(_FILE.fullmatch(path.name), path) for path in paths]
    return tuple(Migration(int(m["number"]), m["name"], path.read_text()) for m, path in named if m)
