"""Print the script that completes commands and options in bash, zsh or fish."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from aiotctl.cli.declared import argument
from aiotctl.errors import Exit


class Shell(StrEnum):
    """Shells that can be completed in."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def run(shell: Annotated[Shell, argument("The shell.")]) -> Exit:
    """Prints the script for a shell. To have it in every session:

    \b
    bash: aiotctl completion bash > ~/.local/share/bash-completion/completions/aiotctl
    zsh:  aiotctl completion zsh > ~/.zfunc/_aiotctl   (with ~/.zfunc in fpath)
    fish: aiotctl completion fish > ~/.config/fish/completions/aiotctl.fish
    """
    from click.shell_completion import get_completion_class

    from aiotctl.cli.group import top

    kind = get_completion_class(shell.value)
    assert kind is not None  # click has all three
    typer.echo(kind(top(), {}, "aiotctl", "_AIOTCTL_COMPLETE").source())
    return Exit.OK
