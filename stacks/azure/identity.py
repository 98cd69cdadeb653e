"""The identity of the machines: it may write to the lake's container and pull images, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, managedidentity

from stacks.azure.group import Scope

LAKE = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
"""Azure's role "Storage Blob Data Contributor"."""

IMAGES = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
"""Azure's role "AcrPull"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityArgs:
    """``rights``: by a name of their own, the role and the id of the one thing that it is given for."""

    scope: Scope
    rights: Mapping[str, tuple[str, pulumi.Input[str]]]


class Identity(pulumi.ComponentResource):
    """A user-assigned identity."""

    identity_id: pulumi.Output[str]

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:azure:Identity", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        identity = managedidentity.UserAssignedIdentity(
            name,
            resource_group_name=args.scope.group,
            location=args.scope.arguments.region,
            tags=args.scope.tags,
            opts=child,
        )
        for right, (role, thing) in args.rights.items():
            authorization.RoleAssignment(
                f"{name}-{right}",
                principal_id=identity.principal_id,
                principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
                role_definition_id=pulumi.Output.format(
                    "/subscriptions/{0}/providers/Microsoft.Authorization/roleDefinitions/{1}",
                    args.scope.subscription,
                    role,
                ),
                scope=thing,
                opts=child,
            )
        self.identity_id = identity.id
        self.register_outputs({"identity_id": self.identity_id})
