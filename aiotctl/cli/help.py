"""The help of the whole program: what it does, its commands, the options that all of them take.

Written without the command line's libraries, whose import takes longer than everything else that ``--help``
does.
"""

from __future__ import annotations

import os
import textwrap

from aiotctl.cli.discovery import summaries

ABOUT = (
    "Compiles one blueprint of an AIoT system into what must run, applies it, verifies that data arrives.",
    "The way of work: init, validate, plan, apply, verify; then status, read and logs to look closer.",
)

# Name (also of the field in Common), flags, the word for the value (none: a switch), what it is for.
COMMON_OPTIONS = (
    (
        "project",
        ("--project",),
        "DIR",
        "Folder of the project; else the nearest upwards that has a blueprint.yaml.",
    ),
    (
        "env",
        ("--env",),
        "NAME",
        "Environment; not needed where the project has one, or one that is local.",
    ),
    ("json", ("--json",), "", "Write JSON messages, one a line, instead of text."),
    ("json_into", ("--json-into",), "FILE", "Write the JSON messages into a file, beside the text."),
    ("no_color", ("--no-color",), "", "No colours."),
    ("quiet", ("-q", "--quiet"), "", "Say only what was asked for, and errors."),
)
HELP_OPTION = (("-h", "--help"), "Show this message and exit.")

EXIT_CODES = (
    ("0", "done, or nothing to do"),
    ("1", "an error"),
    ("2", "changes are pending (plan --detailed-exitcode)"),
    ("3", "some units failed"),
    ("4", "hosts could not be reached"),
    ("5", "the blueprint is invalid"),
    ("6", "another apply holds the lock"),
    ("7", "the saved plan is stale"),
    ("8", "something does not flow (verify)"),
    ("64", "wrong usage"),
    ("130, 143", "interrupted, terminated"),
)
NOTE = (
    "Common options may stand before the command or after it. Each option can be given as an environment "
    "variable instead: AIOTCTL_LOCK_TIMEOUT stands for --lock-timeout."
)


def help_text(width: int) -> str:
    """The whole help, wrapped."""
    options = [(_flags(flags, metavar), text) for _, flags, metavar, text in COMMON_OPTIONS]
    options.append((_flags(HELP_OPTION[0], ""), HELP_OPTION[1]))
    blocks = ["Usage: aiotctl [OPTIONS] COMMAND [ARGUMENTS]"]
    blocks += [textwrap.fill(text, width, initial_indent="  ", subsequent_indent="  ") for text in ABOUT]
    blocks.append(_list("Commands", list(summaries().items()), width))
    blocks.append(_list("Options", options, width))
    blocks.append(textwrap.fill(NOTE, width, initial_indent="  ", subsequent_indent="  "))
    blocks.append(_list("Exit codes", list(EXIT_CODES), width))
    return "\n\n".join(blocks) + "\n"


def terminal_width() -> int:
    """Columns for the help: those of the terminal, at most 110."""
    try:
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(1).columns
    except (OSError, ValueError):
        columns = 0
    return min(max(columns or 80, 50), 110)


def _flags(flags: tuple[str, ...], metavar: str) -> str:
    return " ".join(filter(None, (", ".join(flags), metavar)))


def _list(title: str, items: list[tuple[str, str]], width: int) -> str:
    column = max(len(name) for name, _ in items) + 4
    lines = [f"{title}:"]
    for name, text in items:
        lines.append(
            textwrap.fill(
                text, width, initial_indent=f"  {name}".ljust(column), subsequent_indent=" " * column
            )
        )
    return "\n".join(lines)
