"""Write what was compiled for an environment as ordinary files."""

from __future__ import annotations

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
    folder holds the real values too, and plain ansible-playbook applies it.
    """
    from aiotctl.session.building import bound_hosts, write_bundle

    here = context.of(ctx)
    project = opened(here)
    bundle = project.compiled.bundle
    target = out or here.blueprint.parent / "build" / bundle.environment
    bound = bound_hosts(project.environment, bundle) if bindings else ()
    flows = bundle.flows()
    pages = {"flows.md": flows_page(flows, bundle.environment)} if flows else {}
    files = write_bundle(bundle, target, bound, pages)
    show_built(bundle, target, files, bindings, here.output)
    return Exit.OK
