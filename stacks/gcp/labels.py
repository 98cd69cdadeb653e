"""Labels of everything in the stack: what Google has for tags, of small letters, digits, ``-`` and ``_``."""

from __future__ import annotations

import re

from stacks.contract.arguments import Arguments

LONGEST = 63


def of(arguments: Arguments) -> dict[str, str]:
    """The stack's tags as labels; what a label cannot hold becomes ``_``."""
    return {key: _allowed(value) for key, value in arguments.tags.items()}


def _allowed(value: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "_", value.lower())[:LONGEST]
