"""Tell what runs where, how it fares, and how old the newest values are."""

from __future__ import annotations

import typer

from aiotctl.cli import context
from aiotctl.cli.project import applied
from aiotctl.errors import Exit
from aiotctl.views.status import is_well, show_status


def run(ctx: typer.Context) -> Exit:
    """Tells what runs where as it was applied, not as it is being edited: services, versions, health, ports,
    and the age of each device's newest value. Exit code 1 where something does not run as applied.
    """
    from aiotctl.session.looking import status

    here = context.of(ctx)
    found = status(applied(here))
    show_status(found, here.output)
    return Exit.OK if is_well(found) else Exit.ERROR
