"""Who dials the brokers."""

from __future__ import annotations

from collections.abc import Iterator

from aiotctl.catalog import conduits
from aiotctl.catalog.brokers.mosquitto.gateway import DEVICES_PORT
from aiotctl.catalog.brokers.mosquitto.hub import PORT
from aiotctl.catalog.entry import FlowContext
from aiotctl.model.primitives import Flow


def flows(context: FlowContext) -> Iterator[Flow]:
    """Gateways and the hub's collector dial the hub's broker; sensors dial that of their gateway."""
    deployment = context.deployment
    hub, collector = deployment.host_of("broker"), deployment.host_of("collector")
    if collector != hub:
        yield Flow(
            collector,
            conduits.HUB_ZONE,
            hub,
            conduits.HUB_ZONE,
            PORT,
            "values from the broker to the database",
            conduits.TLS,
            conduits.MUTUAL_TLS,
            conduits.networks_of(deployment, collector),
        )
    for site, gateway in context.gateways:
        source = conduits.gateway_host(site, gateway)
        yield Flow(
            source,
            conduits.gateway_zone(site),
            hub,
            conduits.HUB_ZONE,
            PORT,
            "values of the site's devices",
            conduits.TLS,
            conduits.MUTUAL_TLS,
            conduits.networks_of_gateway(deployment, site, gateway),
        )
        for device in site.devices:
            if device.gateway == gateway.name and device.endpoint is None:
                yield Flow(
                    conduits.device_end(device),
                    conduits.device_zone(site.name),
                    source,
                    conduits.gateway_zone(site),
                    DEVICES_PORT,
                    "values of a device without certificates",
                    conduits.NONE,
                    conduits.PASSWORD,
                    conduits.and_lab(deployment, conduits.networks_option(deployment, "broker", "devices")),
                )
