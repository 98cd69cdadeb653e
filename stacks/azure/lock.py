"""Locks on what holds data, in production: nobody deletes it by a slip, in the portal neither."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import authorization

from stacks.azure.group import Scope


def keep(name: str, scope: Scope, thing: pulumi.Input[str], parent: pulumi.Resource) -> None:
    """Locks a thing by its id, where the stack is a production one."""
    if scope.arguments.production:
        authorization.ManagementLockByScope(
            f"{name}-keep",
            scope=thing,
            level=authorization.LockLevel.CAN_NOT_DELETE,
            notes=f"Holds data of {scope.arguments.prefix}",
            opts=pulumi.ResourceOptions(parent=parent),  # it goes when production ends
        )
