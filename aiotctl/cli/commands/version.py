"""Tell the versions of aiotctl and of what it runs on."""

from __future__ import annotations

import platform

import typer

from aiotctl import __version__
from aiotctl.cli import context
from aiotctl.errors import Exit


def run(ctx: typer.Context) -> Exit:
    """Tells the versions of aiotctl, of Python and of the operating system."""
    output = context.of(ctx).output
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    if output.screen is not None:
        output.screen.line(f"aiotctl {__version__}")
        output.screen.line(f"Python {platform.python_version()}, {system}")
    if output.stream is not None:
        output.stream.write("versions", aiotctl=__version__, python=platform.python_version(), system=system)
    return Exit.OK
