"""Make an environment as the blueprint wants it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aiotctl.cli import context, selecting
from aiotctl.cli.carrying import Carrying
from aiotctl.cli.context import Context
from aiotctl.cli.declared import argument
from aiotctl.cli.project import applied, opened
from aiotctl.errors import Exit


def run(
    ctx: typer.Context,
    planfile: Annotated[
        Path | None, argument("A plan saved by `aiotctl plan --out`; it is applied as it was shown.")
    ] = None,
    yes: selecting.Yes = False,
    refresh: selecting.Refresh = False,
    target: selecting.Targets = None,
    site: selecting.Sites = None,
    exclude: selecting.Excludes = None,
    only: selecting.Onlys = None,
    max_fail: selecting.MaxFail = None,
    allow_data_loss: selecting.AllowDataLoss = False,
    lock_timeout: selecting.LockTimeout = "0s",
) -> Exit:
    """Shows the plan, asks, and makes the environment so. On this machine what runs is looked at first, so
    that it is also repaired; on hosts of its own --refresh does that. Ctrl-C stops after the units under way;
    the next apply goes on from there.
    """
    here = context.of(ctx)
    if planfile is not None:
        return _saved(here, planfile, lock_timeout, allow_data_loss)
    from aiotctl.session.applying import apply

    chosen = selecting.limits(target, site, exclude)
    project = opened(here)
    options = selecting.options(
        chosen, refresh, lock_timeout, max_fail=max_fail, only=only, allow_data_loss=allow_data_loss
    )
    again = selecting.command(here, "apply", *chosen.flags())
    single = selecting.command(here, "apply")
    with Carrying(here, "apply", "Applied", again, yes, single) as carrying:
        return carrying.end(
            apply(
                project.environment,
                project.compiled.bundle,
                options,
                carrying.consent,
                carrying.tell,
                carrying.cancelled,
            )
        )


def _saved(here: Context, planfile: Path, lock_timeout: str, allow_data_loss: bool) -> Exit:
    from aiotctl.engine.planfile import parse, require_seal
    from aiotctl.session.applying import apply_saved

    content = planfile.read_bytes()
    plan, bundle = parse(content, str(planfile))
    environment = applied(here, plan.environment)
    require_seal(content, str(planfile), environment.vault)
    options = selecting.options(
        selecting.Limits(), lock_timeout=lock_timeout, allow_data_loss=allow_data_loss
    )
    again = selecting.command(here, "apply")
    with Carrying(here, "apply", "Applied", again, yes=True) as carrying:
        return carrying.end(
            apply_saved(environment, plan, bundle, options, carrying.tell, carrying.cancelled)
        )
