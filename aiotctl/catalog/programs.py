"""Versions of the programs that aiotctl brings: those of hosts, and those that make stacks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache

from aiotctl import __version__
from aiotctl.shipped import shipped
from aiotctl.shipped import stack_program as files_of
from aiotctl.toolbox.pins import pins

AGENTS = "agents"
"""aiotctl's own programs for hosts, which are of its version."""


def versions(programs: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Name and version of those of these programs that are brought; what hosts have of their own is left out.

    A host holds them, so that a version of aiotctl that pins another one of a program changes the hosts that
    run it, and no other.
    """
    pinned = {AGENTS: __version__, **{name: pin.version for name, pin in pins().items()}}
    return tuple((name, pinned[name]) for name in sorted(set(programs)) if name in pinned)


@cache
def stack_program(cloud: str) -> str:
    """A digest of the program that makes a cloud's stacks. It travels with aiotctl and is read once, and only
    where an environment has that cloud.

    A stack holds it, so that another program is carried out although nobody asks for anything else.
    """
    folder, whole = shipped("stacks"), hashlib.sha256()
    for file in files_of(cloud, folder):
        content = file.read_bytes()
        whole.update(f"{file.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()
