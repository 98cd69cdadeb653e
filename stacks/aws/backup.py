"""Daily snapshots of the machines' disks, in production."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stacks.aws import policy, tags
from stacks.contract import arguments as contract

AT = "02:30"
"""UTC."""

KEPT = 14
"""Snapshots of each disk."""

SERVICE_POLICY = "arn:aws:iam::aws:policy/service-role/AWSDataLifecycleManagerServiceRole"


DAILY = aws.dlm.LifecyclePolicyPolicyDetailsScheduleArgs(
    name="daily",
    create_rule=aws.dlm.LifecyclePolicyPolicyDetailsScheduleCreateRuleArgs(
        interval=24, interval_unit="HOURS", times=AT
    ),
    retain_rule=aws.dlm.LifecyclePolicyPolicyDetailsScheduleRetainRuleArgs(count=KEPT),
    copy_tags=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupArgs:
    """The stack whose machines are backed up: those that carry its tags."""

    arguments: contract.Arguments


class Backup(pulumi.ComponentResource):
    """A policy of the Data Lifecycle Manager, with the role that it takes."""

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:aws:Backup", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        own = tags.of(args.arguments, "backup")
        role = aws.iam.Role(name, assume_role_policy=policy.trust("dlm"), tags=own, opts=child)
        aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=SERVICE_POLICY, opts=child)
        aws.dlm.LifecyclePolicy(
            name,
            description=f"Daily snapshots of {args.arguments.prefix}",
            execution_role_arn=role.arn,
            state="ENABLED",
            policy_details=aws.dlm.LifecyclePolicyPolicyDetailsArgs(
                resource_types=["INSTANCE"],
                # A policy takes what has one of its tags: this one names a single stack.
                target_tags={tags.STACK: args.arguments.prefix},
                schedules=[DAILY],
            ),
            tags=own,
            opts=child,
        )
        self.register_outputs({})
