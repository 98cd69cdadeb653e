"""Which environment is meant. Cheap to import: commands that compile nothing ask it too."""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.errors import Exit, failure
from aiotctl.model.blueprint import Blueprint


def chosen(blueprint: Blueprint, environment: str | None) -> str:
    """The environment to work on. Raises AiotctlError (USAGE) where several could be meant."""
    return environment or only({name: one.local for name, one in blueprint.environments.items()})


def only(environments: Mapping[str, bool]) -> str:
    """The environment that is meant where none is named: the only one, or the only local one. The mapping
    says of each whether it is local. Raises AiotctlError (USAGE) where several could be meant.
    """
    local = [name for name, here in environments.items() if here]
    for names in (list(environments), local):
        if len(names) == 1:
            return names[0]
    raise failure(
        "which-environment",
        "The project has several environments",
        f"Which one is meant? There are: {', '.join(environments)}.",
        "Name it with --env. It may be left out where there is one environment, or one that is local.",
        Exit.USAGE,
    )
