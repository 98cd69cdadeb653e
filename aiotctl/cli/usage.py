"""What to say of a command line that cannot be understood."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

import click

from aiotctl.views.text import escaped

_SURPLUS = "Got unexpected extra argument"
"""Click's words, before the arguments in parentheses."""


def told(error: click.UsageError) -> str:
    """What is wrong, and where to look."""
    path = error.ctx.command_path if error.ctx else "aiotctl"
    return f"error: {escaped(_meant(error))}\nSee: {path} --help"


def _meant(error: click.UsageError) -> str:
    """Click's words, with what was probably meant."""
    if isinstance(error, click.NoSuchOption):
        near = " or ".join(_near(error.option_name, error.possibilities or ()))
        return f"No such option {error.option_name!r}." + (f" Did you mean {near}?" if near else "")
    said = error.format_message()
    head, _, given = said.partition(_SURPLUS)
    if head or not any(Path(word).exists() for word in given.strip("s ().").split()):
        return said
    return f"{said.rstrip('.')}. A project is a folder with a blueprint.yaml: name it with --project"


def _near(option: str, known: Iterable[str]) -> list[str]:
    """Options whose names are near, for what they say and not for their dashes."""
    by_name = {one.lstrip("-"): one for one in known}
    return [by_name[name] for name in difflib.get_close_matches(option.lstrip("-"), by_name, n=2)]
