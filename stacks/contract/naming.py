"""Names of machines such as every cloud allows: small letters, digits and hyphens, and not too many."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace

import pulumi

from stacks.contract.arguments import Arguments

LONGEST = 22
"""Letters of a machine's name: with the stack's prefix and a hyphen 63, as many as Google allows."""

Secrets = Callable[[str], pulumi.Output[str]]
Outputs = Mapping[str, pulumi.Input[str]]


def label(name: str) -> str:
    """The name in the cloud. One that had to be changed ends with a mark, so that no two become the same."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if plain == name and len(name) <= LONGEST:
        return name
    mark = f"{zlib.crc32(name.encode()):08x}"
    return f"{plain[: LONGEST - len(mark) - 1].rstrip('-')}-{mark}"


def in_plain_names(
    arguments: Arguments, secrets: Secrets, make: Callable[[Arguments, Secrets], Outputs]
) -> Outputs:
    """What a stack gives that is made with such names; secrets and outputs keep the blueprint's."""
    labels = {machine.name: label(machine.name) for machine in arguments.machines}
    named = {there: name for name, there in labels.items()}
    doors = (replace(door, target=labels.get(door.target, door.target)) for door in arguments.network.ingress)
    plain = replace(
        arguments,
        machines=tuple(replace(machine, name=labels[machine.name]) for machine in arguments.machines),
        network=replace(arguments.network, ingress=tuple(doors)),
    )
    given = make(plain, lambda name: secrets(_renamed(name, "host_key", named)))
    return {_renamed(name, "machine", named): value for name, value in given.items()}


def _renamed(text: str, kind: str, names: Mapping[str, str]) -> str:
    """``KIND/NAME/...`` with another name; any other text as it is."""
    first, *rest = text.split("/")
    return "/".join([first, names[rest[0]], *rest[1:]]) if first == kind else text
