"""Finds the commands: every module of ``aiotctl.cli.commands``, and entry points of other people's packages
in the group ``aiotctl.commands``. Nothing is imported to list them: a command's summary is the first line
of its module.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

GROUP = "aiotctl.commands"
_FOLDER = Path(__file__).parent / "commands"


@cache
def summaries() -> dict[str, str]:
    """Every command's name with one line on what it does, sorted by name."""
    found = {name: _first_line(path) for name, path in _own().items()}
    found |= {
        name: f"From the package {package}." for name, package in _foreign().items() if name not in found
    }
    return dict(sorted(found.items()))


def module_name(command: str) -> str:
    """The module that holds a command: one of this package, or of the package that brings it."""
    if command in _own():
        return f"aiotctl.cli.commands.{command}"
    from importlib.metadata import entry_points

    return next(point.module for point in entry_points(group=GROUP, name=command))


@cache
def _own() -> dict[str, Path]:
    return {path.stem: path for path in _FOLDER.glob("[!_]*.py")}


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().strip().strip('"')


@cache
def _foreign() -> dict[str, str]:
    """Commands of other packages, with the package. Metadata are only read where our group is named at all:
    reading every entry point takes longer than all else that ``--help`` does.
    """
    if not any(_names_our_group(Path(folder)) for folder in sys.path if folder):
        return {}
    from importlib.metadata import entry_points

    return {
        point.name: point.dist.name if point.dist else point.module for point in entry_points(group=GROUP)
    }


def _names_our_group(folder: Path) -> bool:
    return any(GROUP.encode() in path.read_bytes() for path in folder.glob("*.dist-info/entry_points.txt"))
