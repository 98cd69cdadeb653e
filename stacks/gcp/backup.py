"""Daily snapshots of the machines' disks, in production."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from stacks.contract import arguments as contract

AT = "02:00"
"""UTC; whole hours."""

KEPT_DAYS = 14

DAILY = gcp.compute.ResourcePolicySnapshotSchedulePolicyArgs(
    schedule=gcp.compute.ResourcePolicySnapshotSchedulePolicyScheduleArgs(
        daily_schedule=gcp.compute.ResourcePolicySnapshotSchedulePolicyScheduleDailyScheduleArgs(
            days_in_cycle=1, start_time=AT
        )
    ),
    retention_policy=gcp.compute.ResourcePolicySnapshotSchedulePolicyRetentionPolicyArgs(
        max_retention_days=KEPT_DAYS, on_source_disk_delete="KEEP_AUTO_SNAPSHOTS"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupArgs:
    """``disks``: by machine, the disk's name and its zone."""

    arguments: contract.Arguments
    disks: Mapping[str, tuple[pulumi.Input[str], pulumi.Input[str]]]


class Backup(pulumi.ComponentResource):
    """A schedule of snapshots, and the disks that it covers."""

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:gcp:Backup", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        policy = gcp.compute.ResourcePolicy(
            name, region=args.arguments.region, snapshot_schedule_policy=DAILY, opts=child
        )
        for machine, (disk, zone) in args.disks.items():
            gcp.compute.DiskResourcePolicyAttachment(
                f"{name}-{machine}", name=policy.name, disk=disk, zone=zone, opts=child
            )
        self.register_outputs({})
