"""The managed PostgreSQL of the environment's cloud. Its jobs run beside the hub's collector."""

from __future__ import annotations

from collections.abc import Iterator

from aiotctl.catalog import conduits
from aiotctl.catalog.databases.postgres import common
from aiotctl.catalog.entry import FlowContext, PlatformEntry
from aiotctl.model import names
from aiotctl.model.blueprint import Json
from aiotctl.model.primitives import Flow

PORT = 5432

OPTIONS: dict[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **{name: about for name, about in common.OPTIONS.items() if name != "memory"},
        "networks": conduits.networks_schema(
            "networks from which people and programs with a role may connect; without any they come by SSH"
        ),
    },
}


def _flows(context: FlowContext) -> Iterator[Flow]:
    """Collector, jobs and people dial the database."""
    deployment = context.deployment
    sources = {
        deployment.host_of(role): None for role in ("collector", "lake") if role in deployment.platform
    }
    for source in sources:
        yield Flow(
            source,
            conduits.HUB_ZONE,
            names.MANAGED_DATABASE,
            conduits.HUB_ZONE,
            PORT,
            "values into the database and out of it",
            conduits.TLS,
            conduits.PASSWORD,
            conduits.networks_of(deployment, source),
        )
    allowed = conduits.networks_option(deployment, "timeseries", "networks")
    if allowed:
        yield Flow(
            conduits.PERSON,
            conduits.PEOPLE_ZONE,
            names.MANAGED_DATABASE,
            conduits.HUB_ZONE,
            PORT,
            "queries of people and programs with a role",
            conduits.TLS,
            conduits.PASSWORD,
            allowed,
        )


ENTRY = PlatformEntry(
    role="timeseries",
    engine="managed",
    description="the managed PostgreSQL of the environment's cloud",
    options=OPTIONS,
    hub=common.maintenance,
    schema=common.schema,
    flows=_flows,
    local=False,
    hosts=True,
    managed=True,
)
