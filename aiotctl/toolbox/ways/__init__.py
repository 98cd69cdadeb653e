"""The ways to obtain a program, one file each. A way says first whether it is open, and if not, why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiotctl.toolbox.store import Draft
from aiotctl.toolbox.tool import Origin, Tell


@dataclass(frozen=True, slots=True)
class Open:
    """A way that can be tried: `obtain` puts the program into the draft, or raises a ToolError.

    `how` says what is done, for people.
    """

    origin: Origin
    how: str
    obtain: Callable[[Draft, Tell], None]


@dataclass(frozen=True, slots=True)
class Closed:
    """A way that this program has, or might have had, and that cannot be tried now, and the reason."""

    origin: Origin
    how: str
    reason: str


Way = Open | Closed

FOREIGN = "it is for this machine's processor"
"""The reason of a way that has nothing for machines of another architecture."""

FORBIDDEN = "AIOTCTL_OFFLINE forbids the network"
"""The reason of a way that needs the network and may not use it."""
