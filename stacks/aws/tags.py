"""Tags of everything in the stack."""

from __future__ import annotations

from stacks.contract.arguments import Arguments

STACK = "aiotctl-stack"
"""One tag that names a single stack, where AWS takes what has any one of several tags."""


def of(arguments: Arguments, name: str) -> dict[str, str]:
    """Those of a thing with this name: the stack's own, and ``Name``, which AWS' console shows."""
    return {**arguments.tags, STACK: arguments.prefix, "Name": f"{arguments.prefix}-{name}"}
