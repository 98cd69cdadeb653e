"""The lab by hand, as root: ``python3 -m stacks.lab list``, ``remove NAME``, ``shell NAME``. Standard library
only, so that any Python in a stack's folder will do.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from stacks.lab.machines import container
from stacks.lab.machines.container import Container
from stacks.lab.machines.failure import LabError
from stacks.lab.machines.space import exec_in, missing
from stacks.lab.provider import labels


def main() -> int:
    """Does what is asked for; the exit code is 1 where that cannot be."""
    parser = argparse.ArgumentParser(prog="python3 -m stacks.lab", description="the lab by hand")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="all machines, databases and buckets, with their addresses and stacks")
    for name, about in (("remove", "takes one away with its data"), ("shell", "a shell of root in one")):
        commands.add_parser(name, help=about).add_argument("name", help="as `list` shows it")
    arguments = parser.parse_args()
    try:
        if reason := missing():
            raise LabError(reason)
        _list() if arguments.command == "list" else _COMMANDS[arguments.command](_known(arguments.name))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)  # noqa: T201 - a program of its own
        return 1
    return 0


def _known(name: str) -> str:
    if not any(one.name == name for one in container.found(labels.KIND)):
        raise LabError(f"there is no {name}", "`python3 -m stacks.lab list` shows what there is.")
    return name


def _list() -> None:
    for one in sorted(container.found(labels.KIND), key=lambda one: one.name):
        told = (one.name, one.labels[labels.ADDRESS], one.state, one.labels[labels.OWNER])
        print("  ".join(told))  # noqa: T201 - a program of its own


def _remove(name: str) -> None:
    Container(name, "").remove()


def _shell(name: str) -> None:
    words = exec_in(name, "exec bash -l")
    words.insert(words.index("exec") + 1, "-t")
    os.execvp(words[0], words)


_COMMANDS: dict[str, Callable[[str], None]] = {"remove": _remove, "shell": _shell}


if __name__ == "__main__":
    sys.exit(main())
