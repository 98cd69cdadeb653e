"""Tell how two environments of the blueprint differ."""

from __future__ import annotations

from typing import Annotated

import typer

from aiotctl.cli import context
from aiotctl.cli.declared import argument
from aiotctl.errors import Exit
from aiotctl.views.diff import show_difference


def run(
    ctx: typer.Context,
    first: Annotated[str, argument("Name of an environment.")],
    second: Annotated[str, argument("Name of the other.")],
) -> Exit:
    """Tells in the blueprint's words how one environment differs from another: engines and their options,
    hosts, sites, devices, pipelines. Both are compiled as they stand in the blueprint; what was applied is
    not looked at.
    """
    from aiotctl.engine.facts_diff import between
    from aiotctl.pipeline.compile import compile_environment
    from aiotctl.pipeline.differ import words_of

    here = context.of(ctx)
    one, other = (words_of(compile_environment(here.blueprint, name).deployment) for name in (first, second))
    show_difference(first, second, tuple(between(one, other)), here.output)
    return Exit.OK
