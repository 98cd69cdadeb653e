"""The registry of container images: encrypted, scanned, and never overwritten."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stacks.aws import tags
from stacks.contract import arguments as contract


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryArgs:
    """The registry that is asked for."""

    arguments: contract.Arguments
    registry: contract.Registry


class Registry(pulumi.ComponentResource):
    """An ECR repository; its images differ by tag."""

    url: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:aws:Registry", name, None, opts)
        repository = aws.ecr.Repository(
            name,
            name=name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS")],
            force_delete=not args.arguments.production,
            tags=tags.of(args.arguments, args.registry.name),
            opts=pulumi.ResourceOptions(parent=self, protect=args.arguments.production),
        )
        aws.ecr.LifecyclePolicy(
            name,
            repository=repository.name,
            policy=_newest(args.registry.keep),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = repository.repository_url
        self.arn = repository.arn
        self.register_outputs({"url": self.url, "arn": self.arn})


def _newest(keep: int) -> str:
    return json.dumps(
        {
            "rules": [
                {
                    "rulePriority": 1,
                    "description": f"the newest {keep} images",
                    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep},
                    "action": {"type": "expire"},
                }
            ]
        }
    )
