"""Alarms by mail: a machine that is ill or out of breath, a database that runs full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import monitor

from stacks.azure.group import Scope

ODATA = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"
SHORT = "aiotctl"
"""The sender's name in mails; twelve letters at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A metric of one resource and when it is trouble; ``severity`` from 0 (worst) to 4."""

    resource: pulumi.Input[str]
    metric: str
    operator: monitor.Operator
    threshold: float
    severity: int
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsArgs:
    """``machines``: their ids by name; ``database``: its server's id, None where there is none."""

    scope: Scope
    machines: Mapping[str, pulumi.Input[str]]
    database: pulumi.Input[str] | None


class Alarms(pulumi.ComponentResource):
    """A group that mails to the arguments' address, and the alerts that tell it."""

    group: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:azure:Alarms", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        scope = args.scope
        receiver = monitor.MicrosoftCommonEmailReceiverArgs(
            name="owner", email_address=scope.arguments.alarms, use_common_alert_schema=True
        )
        self.group = monitor.ActionGroup(
            name,
            resource_group_name=scope.group,
            location="global",
            enabled=True,
            group_short_name=SHORT,
            email_receivers=[receiver],
            tags=scope.tags,
            opts=child,
        ).id
        for title, watched in _watched(args).items():
            monitor.MetricAlert(
                f"{name}-{title}",
                resource_group_name=scope.group,
                location="global",
                enabled=True,
                auto_mitigate=True,
                description=watched.meaning,
                severity=watched.severity,
                scopes=[watched.resource],
                evaluation_frequency="PT5M",
                window_size="PT15M",
                criteria=_criteria(watched),
                actions=[monitor.MetricAlertActionArgs(action_group_id=self.group)],
                tags=scope.tags,
                opts=child,
            )
        self.register_outputs({"group": self.group})


def _watched(args: AlarmsArgs) -> dict[str, Watched]:
    found: dict[str, Watched] = {}
    for machine, resource in args.machines.items():
        found[f"{machine}-ill"] = Watched(
            resource=resource,
            metric="VmAvailabilityMetric",
            operator=monitor.Operator.LESS_THAN,
            threshold=1,
            severity=1,
            meaning=f"{machine} does not run",
        )
        found[f"{machine}-busy"] = Watched(
            resource=resource,
            metric="Percentage CPU",
            operator=monitor.Operator.GREATER_THAN,
            threshold=90,
            severity=2,
            meaning=f"{machine} is out of CPU",
        )
    if args.database is not None:
        found["database-full"] = Watched(
            resource=args.database,
            metric="storage_percent",
            operator=monitor.Operator.GREATER_THAN,
            threshold=90,
            severity=1,
            meaning="less than a tenth of the database's disk is free",
        )
    return found


def _criteria(watched: Watched) -> monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs:
    return monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
        odata_type=ODATA,
        all_of=[
            monitor.MetricCriteriaArgs(
                name="trouble",
                criterion_type="StaticThresholdCriterion",
                metric_name=watched.metric,
                operator=watched.operator,
                threshold=watched.threshold,
                time_aggregation=monitor.AggregationTypeEnum.AVERAGE,
            )
        ],
    )
