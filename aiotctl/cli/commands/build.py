"""Write what was compiled for an environment as ordinary files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from aiotctl.cli import context
from aiotctl.cli.declared import option
from aiotctl.cli.project import opened
from aiotctl.errors import Exit
from aiotctl.views.build import show_built
from aiotctl.views.flows import flows_page


def run(
    ctx: typer.Context,
    out: Annotated[
        Path | None, option("--out", "Folder to write; else build/ENV in the project.", metavar="DIR")
    ] = None,
    bindings: Annotated[
        bool, option("--bindings", "With all real values, secrets too, and the play that applies them.")
    ] = False,
) -> Exit:
    """Writes everything that was compiled for an environment: configuration files, migrations, views, an
    index. They are as they would be with the preferred ports, and secrets are hidden. With --bindings the
    folder holds the real values too: plain ansible-playbook applies it, and pulumi up its stacks.
    """
    from aiotctl.session.building import bound_hosts, write_bundle
    from aiotctl.session.building_stacks import bound_stack_files, stack_files

    here = context.of(ctx)
    project = opened(here)
    bundle = project.compiled.bundle
    target = out or here.blueprint.parent / "build" / bundle.environment
    bound = bound_hosts(project.environment, bundle) if bindings else ()
    flows = bundle.flows()
    pages = {"flows.md": flows_page(flows, bundle.environment)} if flows else {}
    stacks = partial(bound_stack_files, project.environment) if bindings else stack_files
    files = write_bundle(bundle, target, bound, pages, stacks)
    show_built(bundle, target, files, bindings, here.output)
    return Exit.OK
