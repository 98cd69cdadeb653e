"""Arguments and options as commands declare them in their signatures."""

from __future__ import annotations

from typing import Any

import typer


def argument(help: str, *, metavar: str | None = None) -> Any:
    """A positional argument."""
    return typer.Argument(  # pyright: ignore[reportUnknownMemberType]  # typer's type is of any click type
        help=help, metavar=metavar, show_default=False
    )


def option(flag: str, help: str, *, metavar: str | None = None, short: str = "") -> Any:
    """An option; of a boolean parameter a switch."""
    flags = [short, flag] if short else [flag]
    return typer.Option(  # pyright: ignore[reportUnknownMemberType]  # typer's type is of any click type
        *flags, help=help, metavar=metavar, show_default=False
    )
