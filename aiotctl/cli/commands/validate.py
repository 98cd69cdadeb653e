"""Tell everything that is wrong with the blueprint, for all environments."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from aiotctl import __version__
from aiotctl.cli import context
from aiotctl.cli.declared import option
from aiotctl.errors import Exit
from aiotctl.views.annotations import github, sarif
from aiotctl.views.validate import show_findings


class Format(StrEnum):
    """Who reads the findings."""

    HUMAN = "human"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def run(
    ctx: typer.Context,
    format: Annotated[
        Format, option("--format", "human, json, github (annotations of a change) or sarif (code scanning).")
    ] = Format.HUMAN,
) -> Exit:
    """Tells every finding at once, for all environments: file, line and column, the source line with the
    place marked, why it is wrong and how to mend it. Changes nothing and asks nobody.
    """
    from aiotctl.session.examining import outcome

    here = context.of(ctx)
    examined = outcome(here.blueprint)
    if format is Format.GITHUB:
        typer.echo(github(examined.findings), nl=False)
    elif format is Format.SARIF:
        typer.echo(sarif(examined.findings, __version__), nl=False)
    else:
        output = here.json_output() if format is Format.JSON else here.output
        name = str(here.blueprint)
        show_findings(examined.findings, name, examined.sizes, output, here.sources)
    return Exit.OK if examined.sound else Exit.INVALID
