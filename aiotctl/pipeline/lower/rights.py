"""Who may publish and subscribe what on the compiled broker: a user for each client, and nothing it does
not need.
"""

from __future__ import annotations

from collections.abc import Iterator

from aiotctl.catalog.protocols.mqtt.topics import filters, patterns_of, topics_of
from aiotctl.model import names
from aiotctl.model.blueprint import Device
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Right


def rights(deployment: Deployment) -> Iterator[Right]:
    """The rights of the hub's writer, of every gateway, and of every device that publishes to the compiled
    broker.
    """
    yield Right(names.WRITER, subscribe=(names.gateway_topic("+", "+"),))
    for site in deployment.sites.values():
        publishers = [d for d in site.devices if publishes_itself(deployment, d)]
        for gateway in site.gateways:
            heard = filters(
                (pattern, device)
                for device in publishers
                if device.gateway == gateway.name
                for pattern in patterns_of(deployment.device_types[device.type])
            )
            client = names.gateway_client(site.name, gateway.name)
            yield Right(client, (names.gateway_topic(site.name, gateway.name),), heard)
        for device in publishers:
            topics = topics_of(deployment.device_types[device.type], device)
            yield Right(names.device_client(site.name, device.name), topics)


def publishes_itself(deployment: Deployment, device: Device) -> bool:
    """Whether the device is a client of the compiled broker: it speaks MQTT and has no broker of its own."""
    return device.endpoint is None and deployment.device_types[device.type].protocol == "mqtt"
