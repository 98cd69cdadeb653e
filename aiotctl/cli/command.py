"""One command as the command line runs it: common options, output, and errors put into words."""

from __future__ import annotations

import importlib
from typing import cast

import click
import typer
from typer.core import TyperCommand
from typer.main import get_command

from aiotctl.cli.context import Context
from aiotctl.cli.options import COMMON, common_options, mirror_in_environment, take_common
from aiotctl.errors import AiotctlError, Exit


class Command(TyperCommand):
    """A command with the common options; its function finds a ``Context`` in ``ctx.obj`` and returns an exit
    code.
    """

    def invoke(self, ctx: click.Context) -> Exit:
        """Runs the command. An error meant for people is shown and becomes its exit code."""
        with Context.opened(take_common(ctx)) as context:
            ctx.obj = context
            try:
                return cast(Exit, super().invoke(ctx))
            except AiotctlError as error:
                context.show(error.diagnostics)
                return error.exit_code

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the command's own arguments and options first, then those that all commands share."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": [], "Common options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:  # typer escapes brackets for rich, which is not asked here
                sections[_section(parameter)].append((record[0], record[1].replace("\\[", "[")))
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def load(name: str, module: str) -> click.Command:
    """The command of a module: its function ``run``, with the options that all commands share."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name=name, cls=Command)(importlib.import_module(module).run)
    command = get_command(app)
    command.params += common_options()
    mirror_in_environment(command.params)
    return command


def _section(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return "Arguments"
    return "Common options" if parameter.name in (*COMMON, "help") else "Options"
