"""The registry of container images: nobody enters without an identity, and old images are cleaned away."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import containerregistry

from stacks.azure.group import Scope
from stacks.azure.lock import keep
from stacks.contract import arguments as contract

LONGEST = 50
"""Letters of a registry's name."""

AT = "0 3 * * *"
"""Every night, UTC."""

PURGE = "acr purge --filter '.*:.*' --ago 0d --keep {keep} --untagged"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryArgs:
    """The registry that is asked for."""

    scope: Scope
    registry: contract.Registry


class Registry(pulumi.ComponentResource):
    """A container registry, and the task that keeps the newest images of each repository."""

    registry_id: pulumi.Output[str]
    url: pulumi.Output[str]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:azure:Registry", name, None, opts)
        scope = args.scope
        registry = containerregistry.Registry(
            name,
            registry_name=scope.unique(name, LONGEST),
            resource_group_name=scope.group,
            location=scope.arguments.region,
            sku=containerregistry.SkuArgs(name=containerregistry.SkuName.STANDARD),
            admin_user_enabled=False,
            anonymous_pull_enabled=False,
            tags=scope.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=scope.arguments.production),
        )
        keep(name, scope, registry.id, self)
        containerregistry.Task(
            name,
            task_name="newest",
            resource_group_name=scope.group,
            location=scope.arguments.region,
            registry_name=registry.name,
            status=containerregistry.TaskStatus.ENABLED,
            platform=containerregistry.PlatformPropertiesArgs(os=containerregistry.OS.LINUX),
            step=containerregistry.EncodedTaskStepArgs(
                type="EncodedTask", encoded_task_content=_newest(args.registry.keep)
            ),
            trigger=containerregistry.TriggerPropertiesArgs(
                timer_triggers=[containerregistry.TimerTriggerArgs(name="nightly", schedule=AT)]
            ),
            tags=scope.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.registry_id = registry.id
        self.url = registry.login_server
        self.register_outputs({"url": self.url})


def _newest(keep_images: int) -> str:
    """The task as its YAML, of which JSON is a part."""
    steps = [
        {"cmd": PURGE.format(keep=keep_images), "disableWorkingDirectoryOverride": True, "timeout": 3600}
    ]
    return base64.b64encode(json.dumps({"version": "v1.1.0", "steps": steps}).encode()).decode()
