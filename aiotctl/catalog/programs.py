"""Versions of the programs that aiotctl brings to hosts."""

from __future__ import annotations

from collections.abc import Iterable

from aiotctl import __version__
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
