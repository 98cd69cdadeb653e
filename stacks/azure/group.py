"""The resource group that holds the stack, and what its components need to know of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import resources

from stacks.contract.arguments import Arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where everything of a stack is put. ``tags``: of everything in it."""

    arguments: Arguments
    group: pulumi.Output[str]
    tags: dict[str, str]


def scope(arguments: Arguments, provider: pulumi.ProviderResource) -> Scope:
    """Makes the resource group."""
    tags = dict(arguments.tags)
    group = resources.ResourceGroup(
        arguments.prefix,
        location=arguments.region,
        tags=tags,
        opts=pulumi.ResourceOptions(provider=provider),
    )
    return Scope(arguments=arguments, group=group.name, tags=tags)


def plain(name: str, longest: int) -> str:
    """A name for what may have small letters and digits alone, such as accounts and registries. Pulumi puts
    eight digits behind it, so that it is nobody else's.
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())[: longest - 8]
