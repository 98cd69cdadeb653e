"""Alarms by mail: a machine that is ill or out of breath, a database that runs full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stacks.aws import tags
from stacks.contract import arguments as contract

PERIOD = 300
"""Seconds that a metric is averaged over."""

GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A metric and when it is trouble: on this side of the threshold for so many periods in a row."""

    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]]
    above: bool
    threshold: float
    periods: int
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsArgs:
    """``machines``: instance ids by name; ``database``: its identifier, None where there is none."""

    arguments: contract.Arguments
    machines: Mapping[str, pulumi.Input[str]]
    database: pulumi.Input[str] | None


class Alarms(pulumi.ComponentResource):
    """A topic that mails to the arguments' address, and the alarms that tell it."""

    topic: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:aws:Alarms", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        own = tags.of(args.arguments, "alarms")
        self.topic = aws.sns.Topic(name, tags=own, opts=child).arn
        aws.sns.TopicSubscription(
            name, topic=self.topic, protocol="email", endpoint=args.arguments.alarms, opts=child
        )
        for title, watched in _watched(args).items():
            aws.cloudwatch.MetricAlarm(
                f"{name}-{title}",
                namespace=watched.namespace,
                metric_name=watched.metric,
                dimensions=watched.dimensions,
                statistic="Average",
                period=PERIOD,
                evaluation_periods=watched.periods,
                comparison_operator="GreaterThanThreshold" if watched.above else "LessThanThreshold",
                threshold=watched.threshold,
                treat_missing_data="breaching",  # what says nothing is not well
                alarm_description=watched.meaning,
                alarm_actions=[self.topic],
                ok_actions=[self.topic],
                tags=own,
                opts=child,
            )
        self.register_outputs({"topic": self.topic})


def _watched(args: AlarmsArgs) -> dict[str, Watched]:
    found: dict[str, Watched] = {}
    for machine, instance in args.machines.items():
        found[f"{machine}-ill"] = _of_machine(instance, "StatusCheckFailed", 0, 2, f"{machine} does not run")
        found[f"{machine}-busy"] = _of_machine(instance, "CPUUtilization", 90, 3, f"{machine} is out of CPU")
    if args.database is not None and args.arguments.database is not None:
        found["database-full"] = Watched(
            namespace="AWS/RDS",
            metric="FreeStorageSpace",
            dimensions={"DBInstanceIdentifier": args.database},
            above=False,
            threshold=args.arguments.database.disk_gib * GIB / 10,
            periods=1,
            meaning="less than a tenth of the database's disk is free",
        )
    return found


def _of_machine(
    instance: pulumi.Input[str], metric: str, threshold: float, periods: int, meaning: str
) -> Watched:
    return Watched(
        namespace="AWS/EC2",
        metric=metric,
        dimensions={"InstanceId": instance},
        above=True,
        threshold=threshold,
        periods=periods,
        meaning=meaning,
    )
