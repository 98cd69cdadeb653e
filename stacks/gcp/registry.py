"""The registry of container images: opened by identity alone, never overwritten, old images cleaned away."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from stacks.contract import arguments as contract
from stacks.gcp import labels

A_DAY = "86400s"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryArgs:
    """The registry that is asked for."""

    arguments: contract.Arguments
    registry: contract.Registry


class Registry(pulumi.ComponentResource):
    """A repository of Artifact Registry."""

    repository: gcp.artifactregistry.Repository
    url: pulumi.Output[str]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:gcp:Registry", name, None, opts)
        self.repository = gcp.artifactregistry.Repository(
            name,
            repository_id=name,
            location=args.arguments.region,
            format="DOCKER",
            docker_config=gcp.artifactregistry.RepositoryDockerConfigArgs(immutable_tags=True),
            cleanup_policies=_newest(args.registry.keep),
            labels=labels.of(args.arguments),
            opts=pulumi.ResourceOptions(parent=self, protect=args.arguments.production),
        )
        self.url = pulumi.Output.format(
            "{0}-docker.pkg.dev/{1}/{2}",
            self.repository.location,
            self.repository.project,
            self.repository.repository_id,
        )
        self.register_outputs({"url": self.url})


def _newest(keep: int) -> list[gcp.artifactregistry.RepositoryCleanupPolicyArgs]:
    """What is to be kept wins over what is to be deleted."""
    return [
        gcp.artifactregistry.RepositoryCleanupPolicyArgs(
            id="newest",
            action="KEEP",
            most_recent_versions=gcp.artifactregistry.RepositoryCleanupPolicyMostRecentVersionsArgs(
                keep_count=keep
            ),
        ),
        gcp.artifactregistry.RepositoryCleanupPolicyArgs(
            id="all-others",
            action="DELETE",
            condition=gcp.artifactregistry.RepositoryCleanupPolicyConditionArgs(
                tag_state="ANY", older_than=A_DAY
            ),
        ),
    ]
