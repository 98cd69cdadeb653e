"""Show what apply would change, and change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aiotctl.cli import context, selecting
from aiotctl.cli.declared import option
from aiotctl.cli.files import write_whole
from aiotctl.cli.project import opened
from aiotctl.errors import Exit
from aiotctl.views.apply import noting
from aiotctl.views.plan import Wish, show_plan


def run(
    ctx: typer.Context,
    out: Annotated[
        Path | None, option("--out", "Saves the plan, for `aiotctl apply FILE`.", metavar="FILE")
    ] = None,
    files: Annotated[bool, option("--files", "Shows the difference of each file.")] = False,
    detailed_exitcode: Annotated[
        bool, option("--detailed-exitcode", "Exit code 2 where there are changes.")
    ] = False,
    refresh: selecting.Refresh = False,
    target: selecting.Targets = None,
    site: selecting.Sites = None,
    exclude: selecting.Excludes = None,
    max_fail: selecting.MaxFail = None,
) -> Exit:
    """Shows what apply would change: first in the words of the blueprint, then unit by unit. Compares with
    what was last applied, and with --refresh also with what runs.
    """
    from aiotctl.session.planning import plan

    here = context.of(ctx)
    chosen = selecting.limits(target, site, exclude)
    project = opened(here)
    options = selecting.options(chosen, refresh, max_fail=max_fail, saved=out is not None)
    made = plan(project.environment, project.compiled.bundle, options, noting(here.output))
    limit = ["--max-fail", max_fail] if max_fail else []
    if any(change.loses_data for change in made.changes):
        limit.append("--allow-data-loss")
    proceed = selecting.command(here, "apply", *chosen.flags(), *limit)
    if out is not None:
        from aiotctl.engine.planfile import dump, key_for_sealing

        key = key_for_sealing(project.environment.vault)
        write_whole(out, dump(made, project.compiled.bundle, key), 0o600)
        proceed = selecting.command(here, "apply", str(out))
    show_plan(made, here.output, Wish(files, proceed))
    return Exit.CHANGES if detailed_exitcode and not made.is_empty else Exit.OK
