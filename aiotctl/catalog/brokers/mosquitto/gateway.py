"""A gateway's Mosquitto: the collector publishes to it, devices without certificates do, and a bridge carries
the collector's batches to the hub, keeping them while the hub is away.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.catalog.accounts import owned
from aiotctl.catalog.brokers.mosquitto import server
from aiotctl.catalog.brokers.mosquitto.lines import Value, lines
from aiotctl.catalog.brokers.mosquitto.options import size_of
from aiotctl.catalog.brokers.mosquitto.rights import access_file, password_file
from aiotctl.catalog.certificates import Identity, client
from aiotctl.catalog.certificates import server as server_identity
from aiotctl.catalog.entry import Contribution, GatewayContext
from aiotctl.model import address, names
from aiotctl.model.primitives import ConfigFile, Port, Ref, Text

PORT, DEVICES_PORT = 8884, 1883
SAVE_AFTER = 1
"""Changes between two savings: what the collector was told is stored must outlive a kill of the broker."""

BRIDGE_TLS = f"{server.FOLDER}/bridge"
KEEP_ALIVE_S = 30
RETRY_S = "2 30"
"""A lost hub is tried again after 2 s at first and 30 s at most, with a random part that spreads gateways."""


def lower_gateway(context: GatewayContext) -> Contribution:
    """The broker of one gateway; nothing where it has no devices."""
    if not context.devices:
        return Contribution()
    host = address.host_of_gateway(context.site.name, context.gateway.name)
    place = context.deployment.environment.hosts[host.removeprefix("host/")]
    own = server_identity(host, server.TLS, place)
    bridge = client(host, BRIDGE_TLS, names.gateway_client(context.site.name, context.gateway.name))
    publishing = _publishing(context)
    passwords = (ConfigFile(server.PASSWORDS, password_file(publishing)),) if publishing else ()
    files = (
        ConfigFile(server.CONFIG, _config(context, host, own, bridge), origin=("platform/broker",)),
        ConfigFile(server.ACCESS, (access_file(context.rights),), origin=("platform/broker",)),
        *passwords,
    )
    ports = (Port("mqtt", PORT), *((Port("devices", DEVICES_PORT, exposed=True),) if publishing else ()))
    made = server.contribution(context.deployment, host, files, ports, (own, bridge))
    return owned(context.deployment, made, server.ACCOUNT)


def _publishing(context: GatewayContext) -> tuple[str, ...]:
    """The broker's clients among the devices: those without an endpoint of their own."""
    return tuple(
        names.device_client(device.site, device.name)
        for device in context.devices
        if context.endpoints[device.name] is None
    )


def _config(context: GatewayContext, host: str, own: Identity, bridge: Identity) -> Text:
    queue = size_of(context.deployment, "buffer")
    devices = (_devices(host),) if _publishing(context) else ()
    return lines(
        server.common(host, queue, SAVE_AFTER),
        server.log_types(),
        {"listener": (server.port(host), " 127.0.0.1"), **server.mutual(own)},
        *devices,
        _bridge(context, bridge),
    )


def _devices(host: str) -> Mapping[str, Value]:
    """The listener of the device zone: not encrypted, a user and a password for each device."""
    return {
        "password_file": server.path(host, server.PASSWORDS),
        "listener": server.port(host, "devices"),
    }


def _bridge(context: GatewayContext, identity: Identity) -> Mapping[str, Value]:
    """The way to the hub, with quality of service 1 and sessions that outlive both brokers."""
    deployment = context.deployment
    hub = address.service(deployment.host_of("broker"), server.NAME)
    who = f"gateway:{context.site.name}:{context.gateway.name}"
    return {
        "connection": "hub",
        "address": (Ref(hub, "mqtt.address"),),
        "topic": f"{names.gateway_topic(context.site.name, context.gateway.name)} out 1",
        "clientid": f"{who}:bridge",
        "local_clientid": f"{who}:bridge.local",
        "cleansession": False,
        "local_cleansession": False,
        "notifications": False,
        "start_type": "automatic",
        "restart_timeout": RETRY_S,
        "keepalive_interval": KEEP_ALIVE_S,
        "bridge_attempt_unsubscribe": False,
        "bridge_cafile": identity.path("ca"),
        "bridge_certfile": identity.path("cert"),
        "bridge_keyfile": identity.path("key"),
        "bridge_tls_version": "tlsv1.2",
    }
