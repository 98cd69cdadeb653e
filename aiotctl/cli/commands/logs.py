"""Show what the services say."""

from __future__ import annotations

from typing import Annotated

import typer

from aiotctl.cli import context
from aiotctl.cli.declared import argument, option
from aiotctl.cli.project import applied
from aiotctl.errors import AiotctlError, Exit
from aiotctl.views.logs import show_line


def run(
    ctx: typer.Context,
    service: Annotated[str, argument("A service's address or name; left out: all of them.")] = "",
    follow: Annotated[bool, option("--follow", "Goes on with what comes, until Ctrl-C.", short="-f")] = False,
    lines: Annotated[int, option("--lines", "How many lines of each.", metavar="NUMBER", short="-n")] = 20,
) -> Exit:
    """Shows the last lines of what the services of an environment say, and with --follow those that come."""
    from aiotctl.session.logs import find_logs

    here = context.of(ctx)
    logs = find_logs(applied(here), service)
    end = Exit.OK

    def tell(name: str, line: str) -> None:
        show_line(name, line, here.output, len(logs) > 1)

    def lost(problem: AiotctlError) -> None:
        nonlocal end
        here.show(problem.diagnostics)
        end = problem.exit_code

    look = logs.follow if follow else logs.last
    try:
        look(max(lines, 0), tell, lost)
    except KeyboardInterrupt:  # the way --follow is ended
        if not follow:
            raise
    return end
