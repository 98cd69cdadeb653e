"""What each role may do, as the table that people read. A test tries every cell of it against a database."""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.model.access import BrokerRow, RightsTable
from aiotctl.model.blueprint import AccessRole
from aiotctl.model.deployment import Deployment
from aiotctl.model.names import RAW, WRITER, access_role, device_client, gateway_client, gateway_topic
from aiotctl.pipeline.lower.rights import rights

ALL, YES = "all", "yes"
PLATFORM = ("writer", "exporter", "reader", "owner")
"""The platform's own roles in the database: the hub's collector, the lake export, verify, the schema."""

RAW_VALUES = "read raw values"
LIVE = "hear live values at the broker"
INSERT = "insert values"
CHANGE = "change or delete values"
EXPORTS = "keep the books of the export"
DEFINE = "change tables and views"
ROLES = "make roles or give rights"

OF_PLATFORM: Mapping[str, frozenset[str]] = {
    INSERT: frozenset({"writer", "owner"}),
    CHANGE: frozenset({"owner"}),
    EXPORTS: frozenset({"exporter", "owner"}),
    DEFINE: frozenset({"owner"}),
    ROLES: frozenset(),
}
"""What only the platform's own roles do, and which. The roles of people do none of it."""

READING = frozenset({"exporter", "reader", "owner"})


def rights_table(deployment: Deployment) -> RightsTable:
    """The table of an environment: people's roles first, then the platform's own."""
    people = tuple(deployment.access.values())
    reading = {RAW: RAW_VALUES} | {name: reading_of(name) for name in deployment.pipelines}
    rows = [
        (
            what,
            (
                *(_sites(role) if name in role.read else "" for role in people),
                *(ALL if role in READING else "" for role in PLATFORM),
            ),
        )
        for name, what in reading.items()
    ]
    live = (_sites(role) if RAW in role.read else "" for role in people)
    rows.append((LIVE, (*live, *("" for _ in PLATFORM))))
    for what, allowed in OF_PLATFORM.items():
        rows.append((what, (*("" for _ in people), *(YES if role in allowed else "" for role in PLATFORM))))
    return RightsTable((*deployment.access, *PLATFORM), tuple(rows))


def broker_rows(deployment: Deployment) -> tuple[BrokerRow, ...]:
    """Who publishes and hears what at the brokers: gateways and devices as one row each, for all of them."""
    named = {right.client: right for right in rights(deployment)}
    roles = [named[access_role(name)] for name in deployment.access if access_role(name) in named]
    return (
        BrokerRow(
            gateway_client("SITE", "GATEWAY"), (gateway_topic("SITE", "GATEWAY"),), ("its devices' topics",)
        ),
        BrokerRow(device_client("SITE", "DEVICE"), ("its own topics",), ()),
        *(BrokerRow(one.client, one.publish, one.subscribe) for one in (named[WRITER], *roles)),
    )


def reading_of(pipeline: str) -> str:
    """The row of a pipeline."""
    return f"read pipeline {pipeline}"


def _sites(role: AccessRole) -> str:
    return ALL if role.sites is None else ", ".join(role.sites)
