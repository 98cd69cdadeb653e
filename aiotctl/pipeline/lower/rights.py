"""Who may publish and subscribe what on which broker: nobody has a right that it does not need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aiotctl.catalog.brokers.edge import at_gateways
from aiotctl.catalog.protocols.mqtt.topics import filters, patterns_of, topics_of
from aiotctl.model import names
from aiotctl.model.blueprint import Device, Gateway, Site
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Right


def rights(deployment: Deployment) -> Iterator[Right]:
    """The rights at the hub's broker: of its writer and of every gateway. Where gateways have no broker of
    their own, also of every device that publishes to the compiled broker. Then of the roles of people.
    """
    yield Right(names.WRITER, subscribe=(names.gateway_topic("+", "+"),))
    edge = at_gateways(deployment)
    for site in deployment.sites.values():
        publishers = [] if edge else [d for d in site.devices if publishes_itself(deployment, d)]
        for gateway in site.gateways:
            yield _collector(deployment, site, gateway, publishers)
        yield from (_device(deployment, device) for device in publishers)
    yield from _of_people(deployment)


def _of_people(deployment: Deployment) -> Iterator[Right]:
    """A gateway publishes all its values on one topic, so only who may read raw values may listen there."""
    for role in deployment.access.values():
        if names.RAW in role.read:
            sites = ("+",) if role.sites is None else role.sites
            heard = tuple(names.gateway_topic(site, "+") for site in sites)
            yield Right(names.access_role(role.name), subscribe=heard)


def gateway_rights(deployment: Deployment, site: Site, gateway: Gateway) -> Iterator[Right]:
    """The rights at a gateway's own broker: of its collector, and of the devices that publish to it."""
    if not at_gateways(deployment):
        return
    publishers = [
        device
        for device in site.devices
        if device.gateway == gateway.name and publishes_itself(deployment, device)
    ]
    collector = _collector(deployment, site, gateway, publishers)
    # the forwarder, which is the gateway as well, takes from it what is for the hub
    yield replace(collector, subscribe=(*collector.publish, *collector.subscribe))
    yield from (_device(deployment, device) for device in publishers)


def _collector(deployment: Deployment, site: Site, gateway: Gateway, publishers: list[Device]) -> Right:
    heard = filters(
        (pattern, device)
        for device in publishers
        if device.gateway == gateway.name
        for pattern in patterns_of(deployment.device_types[device.type])
    )
    client = names.gateway_client(site.name, gateway.name)
    return Right(client, (names.gateway_topic(site.name, gateway.name),), heard)


def _device(deployment: Deployment, device: Device) -> Right:
    topics = topics_of(deployment.device_types[device.type], device)
    return Right(names.device_client(device.site, device.name), topics)


def publishes_itself(deployment: Deployment, device: Device) -> bool:
    """Whether the device is a client of the compiled broker: it speaks MQTT and has no broker of its own."""
    return device.endpoint is None and deployment.device_types[device.type].protocol == "mqtt"
