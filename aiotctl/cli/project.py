"""The project's environment as commands need it: compiled from the blueprint, or as it was applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiotctl.cli.context import Context
from aiotctl.diagnostics import Diagnostic
from aiotctl.errors import AiotctlError, Exit, failure

if TYPE_CHECKING:
    from aiotctl.pipeline.compile import Compiled
    from aiotctl.session.environment import Environment


@dataclass(frozen=True, slots=True)
class Opened:
    """An environment with what the blueprint wants of it."""

    environment: Environment
    compiled: Compiled


def compiled(here: Context) -> Compiled:
    """The environment that was asked for, compiled. Warnings are told, errors raised."""
    from aiotctl.pipeline.compile import compile_environment

    made = compile_environment(here.blueprint, here.common.env)
    if made.warnings and not here.common.quiet:
        here.show(made.warnings)
    return made


def opened(here: Context) -> Opened:
    """The environment compiled, and its state opened."""
    from aiotctl.session.environment import open_environment

    made = compiled(here)
    chosen = made.deployment.environment
    here.environment = chosen.name
    opened = open_environment(
        here.project, made.deployment.blueprint, chosen.name, chosen.state, _notify(here)
    )
    return Opened(opened, made)


def applied(here: Context, name: str | None = None) -> Environment:
    """The environment as its state knows it. A blueprint that is just being edited may be wrong: only its
    name and where the state lies are read of it.
    """
    from aiotctl.pipeline.load import load
    from aiotctl.session.environment import open_environment

    loaded = load(here.blueprint)
    data: Mapping[str, Any] = loaded.document.data
    blueprint = data.get("name")
    if not isinstance(blueprint, str):
        raise AiotctlError(loaded.findings, Exit.INVALID) if loaded.findings else _nameless(here)
    environments = _mapping(data.get("environments"))
    chosen = name or here.common.env or _only(environments)
    state = _mapping(environments.get(chosen)).get("state")
    if chosen not in environments:
        raise failure(
            "no-environment",
            "There is no such environment",
            f"The blueprint has no environment {chosen!r}.",
            f"It has: {', '.join(map(str, environments))}",
            Exit.USAGE,
        )
    here.environment = chosen
    return open_environment(
        here.project, blueprint, chosen, state if isinstance(state, str) else None, _notify(here)
    )


def _only(environments: Mapping[str, Any]) -> str:
    """As ``only``, of a blueprint that was not validated: an environment without hosts is local."""
    from aiotctl.pipeline.chosen import only

    return only({str(name): not _mapping(one).get("hosts") for name, one in environments.items()})


def _nameless(here: Context) -> AiotctlError:
    return failure(
        "no-name",
        "The blueprint has no name",
        f"{here.blueprint} does not say `name:`.",
        "Look at it with: aiotctl validate",
        Exit.INVALID,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]


def _notify(here: Context):
    def notify(diagnostic: Diagnostic) -> None:
        here.show([diagnostic])

    return notify
