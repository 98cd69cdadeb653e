"""The top of the command line: knows every command by its name, and loads only the one that is asked for."""

from __future__ import annotations

import click

from aiotctl.cli.discovery import module_name, summaries
from aiotctl.cli.help import HELP_OPTION, help_text, terminal_width
from aiotctl.cli.options import common_options


class Commands(click.Group):
    """All commands, loaded lazily."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return list(summaries())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, loaded; None where there is none of that name."""
        if cmd_name not in summaries():
            return None
        from aiotctl.cli.command import load

        return load(cmd_name, module_name(cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with; of a misspelt one the error names the nearest."""
        if args and args[0] not in summaries() and not args[0].startswith("-"):
            ctx.fail(f"There is no command {args[0]!r}.{did_you_mean(args[0])}")
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """The help of the whole program."""
        return help_text(terminal_width()).rstrip("\n")


def did_you_mean(name: str) -> str:
    """A sentence with the commands whose names are near, or nothing."""
    import difflib

    near = difflib.get_close_matches(name, summaries(), n=2)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def top() -> Commands:
    """The command line itself."""
    return Commands(
        name="aiotctl",
        params=common_options(),
        context_settings={"help_option_names": list(HELP_OPTION[0]), "max_content_width": 110},
        no_args_is_help=True,
        subcommand_metavar="COMMAND [ARGUMENTS]",
    )
