"""A gateway's Mosquitto: the collector publishes to it, and so do devices that know no certificates. What is
for the hub the forwarder takes from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.catalog.accounts import joined, owned
from aiotctl.catalog.brokers.mosquitto import server
from aiotctl.catalog.brokers.mosquitto.forward import lower_forward
from aiotctl.catalog.brokers.mosquitto.lines import Value, lines
from aiotctl.catalog.brokers.mosquitto.rights import access_file, password_file
from aiotctl.catalog.certificates import Identity
from aiotctl.catalog.certificates import server as server_identity
from aiotctl.catalog.entry import Contribution, GatewayContext
from aiotctl.model import address, names
from aiotctl.model.primitives import ConfigFile, Port, Text

PORT, DEVICES_PORT = 8884, 1883

QUEUE = 64 * 2**20
"""Bytes that wait for one client at most: forwarder and collector take at once what comes."""

SAVING: dict[str, Value] = {"autosave_on_changes": True, "autosave_interval": 1}
"""Everything is written to the disk at each change, which is cheap as long as next to nothing waits here."""


def lower_gateway(context: GatewayContext) -> Contribution:
    """The broker of one gateway and its way to the hub; nothing where it has no devices."""
    if not context.devices:
        return Contribution()
    host = address.host_of_gateway(context.site.name, context.gateway.name)
    place = context.deployment.environment.hosts[host.removeprefix("host/")]
    own = server_identity(host, server.TLS, place)
    publishing = _publishing(context)
    passwords = (ConfigFile(server.PASSWORDS, password_file(publishing)),) if publishing else ()
    files = (
        ConfigFile(server.CONFIG, _config(host, own, bool(publishing)), origin=("platform/broker",)),
        ConfigFile(server.ACCESS, (access_file(context.rights),), origin=("platform/broker",)),
        *passwords,
    )
    ports = (Port("mqtt", PORT), *((Port("devices", DEVICES_PORT, exposed=True),) if publishing else ()))
    made = server.contribution(context.deployment, host, files, ports, own)
    return joined(owned(context.deployment, made, server.ACCOUNT), lower_forward(context, host))


def _publishing(context: GatewayContext) -> tuple[str, ...]:
    """The broker's clients among the devices: those without an endpoint of their own."""
    return tuple(
        names.device_client(device.site, device.name)
        for device in context.devices
        if context.endpoints[device.name] is None
    )


def _config(host: str, own: Identity, devices: bool) -> Text:
    return lines(
        server.common(host, QUEUE) | SAVING,
        server.log_types(),
        {"listener": (server.port(host), " 127.0.0.1"), **server.mutual(own)},
        *((_devices(host),) if devices else ()),
    )


def _devices(host: str) -> Mapping[str, Value]:
    """The listener of the device zone: not encrypted, a user and a password for each device."""
    return {
        "password_file": server.path(host, server.PASSWORDS),
        "listener": server.port(host, "devices"),
    }
