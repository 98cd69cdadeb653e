"""Daily backups of the machines, in production."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import recoveryservices

from stacks.azure.group import Scope

AT = "2026-01-01T02:30:00Z"
"""The hour of every day; the date is not looked at."""

KEPT_DAYS = 14

FABRIC = "Azure"

DAILY = recoveryservices.AzureIaaSVMProtectionPolicyArgs(
    backup_management_type="AzureIaasVM",
    policy_type=recoveryservices.IAASVMPolicyType.V2,
    time_zone="UTC",
    schedule_policy=recoveryservices.SimpleSchedulePolicyV2Args(
        schedule_policy_type="SimpleSchedulePolicyV2",
        schedule_run_frequency=recoveryservices.ScheduleRunType.DAILY,
        daily_schedule=recoveryservices.DailyScheduleArgs(schedule_run_times=[AT]),
    ),
    retention_policy=recoveryservices.LongTermRetentionPolicyArgs(
        retention_policy_type="LongTermRetentionPolicy",
        daily_schedule=recoveryservices.DailyRetentionScheduleArgs(
            retention_times=[AT],
            retention_duration=recoveryservices.RetentionDurationArgs(
                count=KEPT_DAYS, duration_type=recoveryservices.RetentionDurationType.DAYS
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupArgs:
    """``machines``: by name, their ids and their names in Azure."""

    scope: Scope
    machines: Mapping[str, tuple[pulumi.Output[str], pulumi.Output[str]]]


class Backup(pulumi.ComponentResource):
    """A recovery vault, a daily policy, and the machines that it covers."""

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:azure:Backup", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        scope = args.scope
        vault = recoveryservices.Vault(
            name,
            vault_name=name,
            resource_group_name=scope.group,
            location=scope.arguments.region,
            sku=recoveryservices.SkuArgs(name=recoveryservices.SkuName.STANDARD),
            properties=recoveryservices.VaultPropertiesArgs(
                public_network_access=recoveryservices.PublicNetworkAccess.ENABLED
            ),
            tags=scope.tags,
            opts=child,
        )
        policy = recoveryservices.ProtectionPolicy(
            name,
            resource_group_name=scope.group,
            vault_name=vault.name,
            policy_name="daily",
            properties=DAILY,
            opts=child,
        )
        for machine, (identity, spoken) in args.machines.items():
            place = pulumi.Output.format("iaasvmcontainerv2;{0};{1}", scope.group, spoken)
            recoveryservices.ProtectedItem(
                f"{name}-{machine}",
                resource_group_name=scope.group,
                vault_name=vault.name,
                fabric_name=FABRIC,
                container_name=pulumi.Output.format("iaasvmcontainer;{0}", place),
                protected_item_name=pulumi.Output.format("vm;{0}", place),
                properties=recoveryservices.AzureIaaSComputeVMProtectedItemArgs(
                    protected_item_type="Microsoft.Compute/virtualMachines",
                    policy_id=policy.id,
                    source_resource_id=identity,
                ),
                opts=child,
            )
        self.register_outputs({})
