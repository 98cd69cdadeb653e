"""The commands, read off the command line itself."""

import re

import click

from aiotctl.cli.group import top
from aiotctl.cli.help import ABOUT, COMMON_OPTIONS, NOTE
from scripts.reference.markdown import code, prose, table

COMMON = {name for name, *_ in COMMON_OPTIONS} | {"--help"}


def page() -> str:
    """The page."""
    commands = top()
    context = click.Context(commands, info_name="aiotctl")
    parts = [
        "# Commands",
        *(prose(line) for line in ABOUT),
        "## Options of every command",
        _common(),
        prose(NOTE),
    ]
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        assert command is not None
        parts += _command(command, click.Context(command, info_name=f"aiotctl {name}"))
    return "\n\n".join(parts) + "\n"


def _common() -> str:
    rows = [
        (code(" ".join(filter(None, (", ".join(flags), word)))), prose(text))
        for _, flags, word, text in COMMON_OPTIONS
    ]
    return table(("option", "meaning"), rows)


def _command(command: click.Command, context: click.Context) -> list[str]:
    usage = command.get_usage(context).removeprefix("Usage: ")
    parts = [f"## {command.name}", f"```text\n{usage}\n```", *_paragraphs(command.help or "")]
    own = [
        parameter
        for parameter in command.get_params(context)
        if not {parameter.name, *parameter.opts} & COMMON
    ]
    records = [record for parameter in own if (record := parameter.get_help_record(context))]
    rows = [(code(_plain(name)), prose(_plain(text))) for name, text in records]
    return parts + ([table(("argument or option", "meaning"), rows)] if rows else [])


def _paragraphs(text: str) -> list[str]:
    """Paragraphs of a docstring; one that begins with the mark for kept lines becomes a block."""
    paragraphs = [paragraph.strip() for paragraph in text.split("\n\n")]
    return [
        f"```text\n{_plain(paragraph).removeprefix(chr(8)).strip()}\n```"
        if paragraph.startswith("\b")
        else prose(" ".join(paragraph.split()))
        for paragraph in paragraphs
    ]


def _plain(text: str) -> str:
    """Without typer's escapes for rich, and without the variable that every option has."""
    return re.sub(r"\s*\[env var: \w+\]", "", text.replace("\\[", "["))
