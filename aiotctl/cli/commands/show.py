"""Tell the resolved value of anything, and where each part of it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aiotctl.cli import context
from aiotctl.cli.declared import argument, option
from aiotctl.errors import AiotctlError, Exit
from aiotctl.views.show import show_explained

FLOWS, SIZING = "flows", "sizing"
"""In the place of an address: the table of connections, and the sizes of what a cloud makes."""


def run(
    ctx: typer.Context,
    address: Annotated[str, argument("Such as site/plant-a/device/press-1; left out: the whole.")] = "",
    prices: Annotated[
        Path | None,
        option("--prices", "With `show sizing`: a file with your own prices a month.", metavar="FILE"),
    ] = None,
) -> Exit:
    """Tells the value of everything at an address in one environment, and where it came from: file and line,
    the environment's overlay, a default of the language, or what follows from other values. `show flows`
    tells which connections the hosts of the environment need, `show sizing` how large what its cloud makes
    is, and why.
    """
    from aiotctl.pipeline.chosen import chosen
    from aiotctl.pipeline.explain import explain
    from aiotctl.pipeline.load import load
    from aiotctl.pipeline.validate import validate

    here = context.of(ctx)
    if address == FLOWS:
        return _flows(here)
    if address == SIZING:
        return _sizing(here, prices)
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


def _flows(here: context.Context) -> Exit:
    from aiotctl.pipeline.compile import compile_environment
    from aiotctl.pipeline.lower.flows import flows
    from aiotctl.views.flows import show_flows

    deployment = compile_environment(here.blueprint, here.common.env).deployment
    show_flows(flows(deployment), deployment.environment.name, here.output)
    return Exit.OK


def _sizing(here: context.Context, file: Path | None) -> Exit:
    from aiotctl.pipeline.compile import compile_environment
    from aiotctl.pipeline.lower.sizing import sizing_of
    from aiotctl.pipeline.prices import read_prices
    from aiotctl.views.sizing import show_sizing

    deployment = compile_environment(here.blueprint, here.common.env).deployment
    prices = read_prices(file.read_bytes(), str(file)) if file else None
    show_sizing(sizing_of(deployment), prices, here.output)
    return Exit.OK
