"""Read one register, node or topic as it is now."""

from __future__ import annotations

from typing import Annotated

import typer

from aiotctl.cli import context
from aiotctl.cli.declared import argument, option
from aiotctl.cli.project import opened
from aiotctl.errors import Exit
from aiotctl.views.read import show_reading


def run(
    ctx: typer.Context,
    address: Annotated[str, argument("A device or one of its points: site/S/device/D/point/P.")],
    raw: Annotated[bool, option("--raw", "Shows the bytes too, and every other order of them.")] = False,
) -> Exit:
    """Asks a device itself for one point, or for all of them: the decoded value, and with --raw its bytes and
    what they would be in every other type, word order and byte order. The first thing to do when a value
    looks wrong.
    """
    from aiotctl.session.reading import read_now

    here = context.of(ctx)
    project = opened(here)
    for reading in read_now(project.environment, project.compiled.deployment, address):
        show_reading(reading, raw, here.output)
        if here.output.screen is not None:
            here.output.screen.flush()
    return Exit.OK
