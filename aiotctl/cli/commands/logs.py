"""Show what the services say."""

from __future__ import annotations

from typing import Annotated

import typer

from aiotctl.cli import context
from aiotctl.cli.declared import argument, option
from aiotctl.cli.project import applied
from aiotctl.errors import Exit
from aiotctl.views.logs import show_line


def run(
    ctx: typer.Context,
    service: Annotated[str, argument("A service's address or name; left out: all of them.")] = "",
    follow: Annotated[bool, option("--follow", "Goes on with what comes, until Ctrl-C.", short="-f")] = False,
    lines: Annotated[int, option("--lines", "How many lines of each.", metavar="NUMBER", short="-n")] = 20,
) -> Exit:
    """Shows the last lines of what the services of an environment say, and with --follow those that come."""
    from aiotctl.probes.tail import follow as follow_lines
    from aiotctl.probes.tail import last_lines
    from aiotctl.session.logs import log_files

    here = context.of(ctx)
    files = log_files(applied(here), service)
    for name, path in files.items():
        for line in last_lines(path, max(lines, 0)):
            show_line(name, line, here.output, len(files) > 1)
    if follow:
        try:
            for name, line in follow_lines(files, lambda: False):
                show_line(name, line, here.output, len(files) > 1)
        except KeyboardInterrupt:  # the way it is ended
            return Exit.OK
    return Exit.OK
