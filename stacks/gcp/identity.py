"""The identity of the machines: it may write to the lake's bucket and pull images, and nothing else."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from stacks.contract.arguments import Arguments

LONGEST = 30
"""Letters of an account's id."""


def account_id(name: str) -> str:
    """An id that no other name has, as long as Google allows."""
    mark = f"{zlib.crc32(name.encode()):08x}"
    return f"{name[: LONGEST - len(mark) - 1].rstrip('-')}-{mark}"


def service_account(name: str, title: str, opts: pulumi.ResourceOptions) -> gcp.serviceaccount.Account:
    """A service account without any right."""
    return gcp.serviceaccount.Account(name, account_id=account_id(name), display_name=title, opts=opts)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityArgs:
    """What the machines may use: the bucket's name and the registry, None where there is none."""

    arguments: Arguments
    bucket: pulumi.Input[str] | None
    registry: gcp.artifactregistry.Repository | None


class Identity(pulumi.ComponentResource):
    """A service account."""

    email: pulumi.Output[str]

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:gcp:Identity", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = service_account(name, f"Machines of {args.arguments.prefix}", child)
        if args.bucket is not None:
            gcp.storage.BucketIAMMember(
                f"{name}-lake",
                bucket=args.bucket,
                role="roles/storage.objectUser",
                member=account.member,
                opts=child,
            )
        if args.registry is not None:
            gcp.artifactregistry.RepositoryIamMember(
                f"{name}-images",
                repository=args.registry.name,
                location=args.registry.location,
                role="roles/artifactregistry.reader",
                member=account.member,
                opts=child,
            )
        self.email = account.email
        self.register_outputs({"email": self.email})
