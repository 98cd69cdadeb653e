"""What a child process that runs the engine is asked for: one JSON object on its standard input.

It holds secrets, so it goes through a pipe and is neither an argument nor a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FILE = "file://"
"""How the URL of a state begins that is a folder of this machine."""


class Operation(StrEnum):
    """What is done with a stack. ``contents``: nothing but telling what is in it, as if that were to be
    deleted; ``state``: nothing but telling the version of its state.
    """

    PREVIEW = "preview"
    UP = "up"
    DESTROY = "destroy"
    CONTENTS = "contents"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Request:
    """One operation of one stack.

    ``folder`` is the emitted project, ``state`` the URL of Pulumi's backend, ``engine`` the program and
    ``version`` its version, ``home`` Pulumi's own folder, ``log`` the file that gets all that is said.
    ``secrets`` are values of the stack's configuration by their full names (``aiotctl:database/admin``).
    ``exists``: an apply has made the stack, so it is not asked whether it is there. ``refresh`` looks at the
    cloud first; ``unfinished``: an operation may have been cut short, so what it left is looked for and
    resolved; ``stamped``: the version of the state is told too; ``unprotect`` lifts the protection of what
    is to be destroyed. ``secrets_provider``: the URL of a cloud's key that encrypts the secrets of a stack
    that is made, empty for the passphrase.
    """

    operation: Operation
    folder: str
    project: str
    stack: str
    state: str
    engine: str
    version: str
    home: str
    log: str
    passphrase: str = field(repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    exists: bool = False
    refresh: bool = False
    unfinished: bool = False
    stamped: bool = False
    unprotect: bool = False
    secrets_provider: str = ""
