"""Break the lock of an apply that is gone."""

from __future__ import annotations

from typing import Annotated

import typer

from aiotctl.cli import context
from aiotctl.cli.declared import argument
from aiotctl.cli.project import applied
from aiotctl.errors import Exit


def run(
    ctx: typer.Context,
    lock: Annotated[str, argument("The lock's ID, as the refused command told it.", metavar="ID")],
) -> Exit:
    """Breaks the lock with this ID. Only do so when you know that whoever took it works no more: two at once
    would undo each other's work. The lock of a killed process ends by itself after a short while.
    """
    here = context.of(ctx)
    environment = applied(here)
    environment.store.unlock(lock)
    if here.output.screen is not None:
        here.output.screen.line(f"The lock of environment {environment.name} is broken.")
    if here.output.stream is not None:
        here.output.stream.write("unlocked", environment=environment.name, lock=lock)
    return Exit.OK
