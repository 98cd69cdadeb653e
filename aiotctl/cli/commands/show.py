"""Tell the resolved value of anything, and where each part of it came from."""

from __future__ import annotations

from typing import Annotated

import typer

from aiotctl.cli import context
from aiotctl.cli.declared import argument
from aiotctl.errors import AiotctlError, Exit
from aiotctl.views.show import show_explained


def run(
    ctx: typer.Context,
    address: Annotated[str, argument("Such as site/plant-a/device/press-1; left out: the whole.")] = "",
) -> Exit:
    """Tells the value of everything at an address in one environment, and where it came from: file and line,
    the environment's overlay, a default of the language, or what follows from other values.
    """
    from aiotctl.pipeline.chosen import chosen
    from aiotctl.pipeline.explain import explain
    from aiotctl.pipeline.load import load
    from aiotctl.pipeline.validate import validate

    here = context.of(ctx)
    loaded = load(here.blueprint)
    validated = validate(loaded.document)
    if validated.blueprint is None:
        raise AiotctlError((*loaded.findings, *validated.findings), Exit.INVALID)
    environment = chosen(validated.blueprint, here.common.env)
    explanation = explain(loaded.document, validated.blueprint, environment, address)
    if explanation.explained is None:
        raise AiotctlError(explanation.findings, Exit.USAGE)
    show_explained(explanation.explained, here.output)
    return Exit.OK
