"""The way of each series from its device to its table, hop by hop. Whoever needs a hop reads it here."""

from __future__ import annotations

from collections.abc import Iterator

from aiotctl.catalog.brokers.edge import of_hub
from aiotctl.catalog.databases.postgres.login import database_service
from aiotctl.catalog.protocols.mqtt.read import MqttRead
from aiotctl.catalog.protocols.mqtt.topics import expand
from aiotctl.model import address, names
from aiotctl.model.blueprint import Device, Gateway, PointType, Site
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Ref, Route
from aiotctl.pipeline.lower.endpoints import endpoint
from aiotctl.pipeline.lower.rights import publishes_itself
from aiotctl.pipeline.lower.series import series_of_device

TABLE = "value"


def routes_of_gateway(deployment: Deployment, site: Site, gateway: Gateway) -> Iterator[Route]:
    """The routes of all series that a gateway collects."""
    host = address.host_of_gateway(site.name, gateway.name)
    collector = address.service(host, deployment.platform["collector"].engine)
    broker = of_hub(deployment)
    writer = address.service(deployment.host_of("collector"), deployment.platform["collector"].engine)
    database = database_service(deployment)
    for device in site.devices:
        if device.gateway != gateway.name:
            continue
        client = names.device_client(site.name, device.name) if publishes_itself(deployment, device) else ""
        where = endpoint_text(deployment, device)
        points = {point.name: point for point in deployment.device_types[device.type].points}
        for series in series_of_device(deployment, device):
            yield Route(
                series=series.id,
                device=address.device(site.name, device.name),
                endpoint=where or _topic(points[series.point], device),
                collector=collector,
                collector_input=names.input_alias(site.name, device.name),
                device_client=client,
                topic=names.gateway_topic(site.name, gateway.name),
                broker=broker,
                writer=writer,
                database=database,
                table=TABLE,
            )


def endpoint_text(deployment: Deployment, device: Device) -> str:
    """A device's endpoint for people: as dialled, with references named; empty where the device publishes
    itself.
    """
    text = endpoint(deployment, device) or ()
    return "".join(part if isinstance(part, str) else _reference(part) for part in text)


def _reference(part: object) -> str:
    return f"{{{part.address}#{part.attribute}}}" if isinstance(part, Ref) else ""


def _topic(point: PointType, device: Device) -> str:
    return expand(point.read.topic, device) if isinstance(point.read, MqttRead) else ""
