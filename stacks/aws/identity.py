"""The identity of the machines: it may write to the lake's bucket and pull images, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stacks.aws import policy, tags
from stacks.contract.arguments import Arguments

OBJECTS = (
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
)
BUCKET = ("s3:ListBucket", "s3:GetBucketLocation")
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityArgs:
    """What the machines may use: ARNs of the bucket and of the registry, None where there is none."""

    arguments: Arguments
    bucket: pulumi.Input[str] | None
    registry: pulumi.Input[str] | None


class Identity(pulumi.ComponentResource):
    """A role, and the profile by which machines take it."""

    profile: pulumi.Output[str]

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:aws:Identity", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        own = dict(tags.of(args.arguments, "machines"))
        role = aws.iam.Role(name, assume_role_policy=policy.trust("ec2"), tags=own, opts=child)
        if args.bucket is not None:
            aws.iam.RolePolicy(
                f"{name}-lake",
                role=role.id,
                policy=pulumi.Output.from_input(args.bucket).apply(_lake),
                opts=child,
            )
        if args.registry is not None:
            aws.iam.RolePolicy(
                f"{name}-images",
                role=role.id,
                policy=pulumi.Output.from_input(args.registry).apply(_images),
                opts=child,
            )
        self.profile = aws.iam.InstanceProfile(name, role=role.name, tags=own, opts=child).name
        self.register_outputs({"profile": self.profile})


def _lake(bucket: str) -> str:
    return policy.document(policy.allow(OBJECTS, f"{bucket}/*"), policy.allow(BUCKET, bucket))


def _images(registry: str) -> str:
    # A token names no registry: this action knows no resources.
    return policy.document(policy.allow(PULL, registry), policy.allow(("ecr:GetAuthorizationToken",), "*"))
