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
    allow_data_loss: selecting.AllowDataLoss = False,
    yes: selecting.Yes = False,
    lock_timeout: selecting.LockTimeout = "0s",
) -> Exit:
    """Stops and removes everything that aiotctl put into an environment, and nothing else. Stored data stay
    unless --purge-data says otherwise; the machines of a cloud go with what is stored on them, so where
    there are any, --purge-data or --allow-data-loss must say so.
    """
    from aiotctl.session.applying import destroy

    here = context.of(ctx)
    environment = applied(here)
    options = selecting.options(
        selecting.Limits(),
        lock_timeout=lock_timeout,
        purge_data=purge_data,
        allow_data_loss=allow_data_loss,
    )
    flags = [*["--purge-data"] * purge_data, *["--allow-data-loss"] * allow_data_loss]
    again = selecting.command(here, "destroy", *flags)
    with Carrying(here, "destroy", "Removed", again, yes) as carrying:
        return carrying.end(
            destroy(environment, options, carrying.consent, carrying.tell, carrying.cancelled)
        )
