"""The lake's bucket: encrypted, never public, opened by identity alone; objects end with their retention."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from stacks.contract import arguments as contract
from stacks.gcp import labels

ENDPOINT = "https://storage.googleapis.com"

UNFINISHED_DAYS = 7
"""An upload that did not end is thrown away after so long."""

SUPERSEDED_DAYS = 30
"""A version that was overwritten or deleted stays so long, where versions are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketArgs:
    """The bucket that is asked for."""

    arguments: contract.Arguments
    bucket: contract.Bucket


class Bucket(pulumi.ComponentResource):
    """A Cloud Storage bucket."""

    name: pulumi.Output[str]
    endpoint: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:gcp:Bucket", name, None, opts)
        production = args.arguments.production
        project = gcp.organizations.get_client_config_output(
            opts=pulumi.InvokeOutputOptions(parent=self)
        ).project
        self.name = gcp.storage.Bucket(
            name,
            # The same whenever it is asked for, and no other project's.
            name=project.apply(lambda known: f"{name}-{zlib.crc32(known.encode()):08x}"),
            location=args.arguments.region,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            versioning=gcp.storage.BucketVersioningArgs(enabled=production),
            lifecycle_rules=_rules(args.bucket.expire_days),
            force_destroy=not production,
            labels=labels.of(args.arguments),
            opts=pulumi.ResourceOptions(parent=self, protect=production),
        ).name
        self.endpoint = pulumi.Output.from_input(ENDPOINT)
        self.register_outputs({"name": self.name})


def _rules(expire_days: int) -> list[gcp.storage.BucketLifecycleRuleArgs]:
    unfinished = gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type="AbortIncompleteMultipartUpload"),
        condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=UNFINISHED_DAYS),
    )
    superseded = _end(
        gcp.storage.BucketLifecycleRuleConditionArgs(days_since_noncurrent_time=SUPERSEDED_DAYS)
    )
    if not expire_days:
        return [unfinished, superseded]
    retention = _end(gcp.storage.BucketLifecycleRuleConditionArgs(age=expire_days, with_state="LIVE"))
    return [unfinished, superseded, retention]


def _end(condition: gcp.storage.BucketLifecycleRuleConditionArgs) -> gcp.storage.BucketLifecycleRuleArgs:
    return gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"), condition=condition
    )
