"""The hub's Mosquitto: one listener with mutual TLS, where a gateway may publish under its own name alone."""

from __future__ import annotations

from aiotctl.catalog.accounts import owned
from aiotctl.catalog.brokers.mosquitto import server
from aiotctl.catalog.brokers.mosquitto.lines import Value, lines
from aiotctl.catalog.brokers.mosquitto.options import size_of
from aiotctl.catalog.brokers.mosquitto.rights import access_file
from aiotctl.catalog.certificates import Identity
from aiotctl.catalog.certificates import server as server_identity
from aiotctl.catalog.entry import Contribution, HubContext
from aiotctl.model.primitives import ConfigFile, Port, Text

PORT = 8883
SAVING: dict[str, Value] = {"autosave_on_changes": False, "autosave_interval": 5}
"""Seconds between two savings. What waits here, while the database is away, is written as a whole each time;
what a kill takes of the time between, the gateways' forwarders send again.
"""


def lower_hub(context: HubContext) -> Contribution:
    """The broker of the environment."""
    host, deployment = context.host, context.deployment
    place = deployment.environment.hosts[host.removeprefix("host/")]
    identity = server_identity(host, server.TLS, place)
    files = (
        ConfigFile(server.CONFIG, _config(context, identity), origin=("platform/broker",)),
        ConfigFile(server.ACCESS, (access_file(context.rights),), origin=("platform/broker",)),
    )
    made = server.contribution(deployment, host, files, (Port("mqtt", PORT, exposed=True),), identity)
    return owned(deployment, made, server.ACCOUNT)


def _config(context: HubContext, identity: Identity) -> Text:
    queue = size_of(context.deployment, "storage")
    return lines(
        server.common(context.host, queue) | SAVING,
        server.log_types(),
        {"listener": server.port(context.host), **server.mutual(identity)},
    )
