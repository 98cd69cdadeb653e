"""Drop-ins: files by which somebody changes a unit of ours. Our units are ours as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .files import remove, remove_if_empty


def own_drop_ins(paths: Iterable[str]) -> list[str]:
    """Those that are for our units; the host's rules for all services are not ours to judge."""
    return [path for path in paths if Path(path).parent.name.startswith("aiotctl-")]


def remove_drop_ins(paths: Iterable[str]) -> None:
    """Removes them, and the folders that become empty."""
    for path in own_drop_ins(paths):
        remove(Path(path))
        remove_if_empty(Path(path).parent)
