"""The resource group that holds the stack, and what its components need to know of it."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, resources

from stacks.contract.arguments import Arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where everything of a stack is put; ``subscription``: its number. ``tags``: of everything in it."""

    arguments: Arguments
    group: pulumi.Output[str]
    subscription: pulumi.Output[str]
    tags: dict[str, str]

    def unique(self, name: str, longest: int) -> pulumi.Output[str]:
        """A name for what may have small letters and digits alone and must be like no other in the world. It
        is the same whenever it is asked for.
        """
        plain = re.sub(r"[^a-z0-9]", "", name.lower())[: longest - 8]
        return self.subscription.apply(lambda number: f"{plain}{_mark(number, name)}")


def scope(arguments: Arguments, provider: pulumi.ProviderResource) -> Scope:
    """Makes the resource group."""
    tags = dict(arguments.tags)
    group = resources.ResourceGroup(
        arguments.prefix,
        resource_group_name=arguments.prefix,
        location=arguments.region,
        tags=tags,
        opts=pulumi.ResourceOptions(provider=provider),
    )
    subscription = authorization.get_client_config_output(
        opts=pulumi.InvokeOutputOptions(provider=provider)
    ).subscription_id
    return Scope(arguments=arguments, group=group.name, subscription=subscription, tags=tags)


def _mark(number: str, name: str) -> str:
    return f"{zlib.crc32(f'{number}/{name}'.encode()):08x}"
