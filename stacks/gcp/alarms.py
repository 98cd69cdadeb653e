"""Alarms by mail: a machine that is ill or out of breath, a database that runs full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from stacks.contract import arguments as contract
from stacks.gcp import labels

MACHINE = 'resource.type="gce_instance" AND resource.label.instance_id="{0}" AND metric.type="{1}"'
DATABASE = 'resource.type="cloudsql_database" AND resource.label.database_id="{0}:{1}" AND metric.type="{2}"'

CPU = "compute.googleapis.com/instance/cpu/utilization"
UPTIME = "compute.googleapis.com/instance/uptime"
DISK = "cloudsql.googleapis.com/database/disk/utilization"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsArgs:
    """``machines``: their numbers by name; ``database``: its instance's name, None where there is none."""

    arguments: contract.Arguments
    machines: Mapping[str, pulumi.Input[str]]
    database: pulumi.Input[str] | None


class Alarms(pulumi.ComponentResource):
    """A channel that mails to the arguments' address, and the policies that tell it."""

    channel: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:gcp:Alarms", name, None, opts)
        own = labels.of(args.arguments)
        self._own = own
        self.channel = gcp.monitoring.NotificationChannel(
            name,
            type="email",
            display_name=f"Owner of {args.arguments.prefix}",
            labels={"email_address": args.arguments.alarms},
            user_labels=own,
            opts=pulumi.ResourceOptions(parent=self),
        ).name
        for machine, number in args.machines.items():
            gone = _absent(pulumi.Output.format(MACHINE, number, UPTIME))
            self._policy(f"{name}-{machine}-ill", f"{machine} does not run", gone)
            busy = _above(pulumi.Output.format(MACHINE, number, CPU), 0.9)
            self._policy(f"{name}-{machine}-busy", f"{machine} is out of CPU", busy)
        if args.database is not None:
            project = gcp.organizations.get_client_config_output(
                opts=pulumi.InvokeOutputOptions(parent=self)
            ).project
            full = _above(pulumi.Output.format(DATABASE, project, args.database, DISK), 0.9)
            self._policy(f"{name}-database-full", "less than a tenth of the database's disk is free", full)
        self.register_outputs({"channel": self.channel})

    def _policy(self, name: str, meaning: str, condition: gcp.monitoring.AlertPolicyConditionArgs) -> None:
        gcp.monitoring.AlertPolicy(
            name,
            display_name=meaning,
            combiner="OR",
            conditions=[condition],
            notification_channels=[self.channel],
            user_labels=self._own,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _above(filter_: pulumi.Input[str], threshold: float) -> gcp.monitoring.AlertPolicyConditionArgs:
    return gcp.monitoring.AlertPolicyConditionArgs(
        display_name=f"above {threshold:.0%} for 15 minutes",
        condition_threshold=gcp.monitoring.AlertPolicyConditionConditionThresholdArgs(
            filter=filter_,
            comparison="COMPARISON_GT",
            threshold_value=threshold,
            duration="900s",
            aggregations=[
                gcp.monitoring.AlertPolicyConditionConditionThresholdAggregationArgs(
                    alignment_period="300s", per_series_aligner="ALIGN_MEAN"
                )
            ],
        ),
    )


def _absent(filter_: pulumi.Input[str]) -> gcp.monitoring.AlertPolicyConditionArgs:
    return gcp.monitoring.AlertPolicyConditionArgs(
        display_name="silent for 5 minutes",
        condition_absent=gcp.monitoring.AlertPolicyConditionConditionAbsentArgs(
            filter=filter_, duration="300s"
        ),
    )
