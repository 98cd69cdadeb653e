"""Stop and remove everything that was applied to an environment."""

from __future__ import annotations

from typing import Annotated

import typer

from aiotctl.cli import context, selecting
from aiotctl.cli.carrying import Carrying
from aiotctl.cli.declared import option
from aiotctl.cli.project import applied
from aiotctl.errors import Exit


def run(
    ctx: typer.Context,
    purge_data: Annotated[
        bool, option("--purge-data", "Removes the stored data, the secrets and the record too.")
    ] = False,
    yes: selecting.Yes = False,
    lock_timeout: selecting.LockTimeout = "0s",
) -> Exit:
    """Stops and removes everything that aiotctl put into an environment, and nothing else. Stored data stay
    unless --purge-data says otherwise.
    """
    from aiotctl.session.applying import destroy

    here = context.of(ctx)
    environment = applied(here)
    options = selecting.options(selecting.Limits(), lock_timeout=lock_timeout, purge_data=purge_data)
    flags = ["--purge-data"] if purge_data else []
    again = selecting.command(here, "destroy", *flags)
    with Carrying(here, "destroy", "Removed", again, yes) as carrying:
        return carrying.end(
            destroy(environment, options, carrying.consent, carrying.tell, carrying.cancelled)
        )
