"""The options that every command takes, before its name or after it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import click
from click.core import ParameterSource

from aiotctl.cli.help import COMMON_OPTIONS


@dataclass(frozen=True, slots=True)
class Common:
    """Values of the common options."""

    project: Path | None = None
    env: str | None = None
    json: bool = False
    json_into: Path | None = None
    no_color: bool = False
    quiet: bool = False


COMMON = tuple(name for name, *_ in COMMON_OPTIONS)

_TYPES: dict[str, Any] = {
    "project": click.Path(exists=True, file_okay=False, path_type=Path),
    "json_into": click.Path(dir_okay=False, path_type=Path),
}


def common_options() -> list[click.Parameter]:
    """The options, made anew for each command."""
    return [
        click.Option(
            [name, *flags],
            metavar=metavar or None,
            is_flag=not metavar,
            type=_TYPES.get(name),
            help=text,
            envvar=_variable(flags),
            shell_complete=_environments if name == "env" else None,
        )
        for name, flags, metavar, text in COMMON_OPTIONS
    ]


def mirror_in_environment(parameters: list[click.Parameter]) -> None:
    """Lets an environment variable stand for each flag: ``AIOTCTL_LOCK_TIMEOUT`` for ``--lock-timeout``."""
    for parameter in parameters:
        if parameter.envvar is None and parameter.opts[-1].startswith("--"):
            parameter.envvar = _variable(parameter.opts)


def take_common(ctx: click.Context) -> Common:
    """The common options as given after the command's name, else before it; they leave ``ctx.params``."""
    values: dict[str, object] = {}
    for name in COMMON:
        value = cast(object, ctx.params.pop(name))
        given = ctx.get_parameter_source(name) is not ParameterSource.DEFAULT
        before = ctx.parent.params.get(name) if ctx.parent else None
        values[name] = value if given or before is None else before
    return Common(**values)  # pyright: ignore[reportArgumentType]  # click has converted each


def _environments(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Names of the project's environments that begin so, for the shell; none where there is no project."""
    from aiotctl.cli.context import find_project
    from aiotctl.pipeline.load import load

    project = find_project(ctx.params.get("project"))
    found = load(project / "blueprint.yaml").document.data.get("environments") if project else None
    return [str(name) for name in found or () if str(name).startswith(begun)]


def _variable(flags: tuple[str, ...] | list[str]) -> str:
    return "AIOTCTL_" + flags[-1].removeprefix("--").replace("-", "_").upper()
