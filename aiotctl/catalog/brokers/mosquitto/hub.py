"""The hub's Mosquitto: one listener with mutual TLS, where a gateway may publish under its own name alone."""

from __future__ import annotations

from aiotctl.catalog.accounts import owned
from aiotctl.catalog.brokers.mosquitto import server
from aiotctl.catalog.brokers.mosquitto.lines import lines
from aiotctl.catalog.brokers.mosquitto.options import size_of
from aiotctl.catalog.brokers.mosquitto.rights import access_file
from aiotctl.catalog.certificates import Identity
from aiotctl.catalog.certificates import server as server_identity
from aiotctl.catalog.entry import Contribution, HubContext
from aiotctl.model.primitives import ConfigFile, Port, Text

PORT = 8883
SAVE_AFTER = 1
"""Changes between two savings: at the hub messages wait only while the database is away."""


def lower_hub(context: HubContext) -> Contribution:
    """The broker of the environment."""
    host, deployment = context.host, context.deployment
    place = deployment.environment.hosts[host.removeprefix("host/")]
    identity = server_identity(host, server.TLS, place)
    files = (
        ConfigFile(server.CONFIG, _config(context, identity), origin=("platform/broker",)),
        ConfigFile(server.ACCESS, (access_file(context.rights),), origin=("platform/broker",)),
    )
    made = server.contribution(deployment, host, files, (Port("mqtt", PORT, exposed=True),), (identity,))
    return owned(deployment, made, server.ACCOUNT)


def _config(context: HubContext, identity: Identity) -> Text:
    queue = size_of(context.deployment, "storage")
    return lines(
        server.common(context.host, queue, SAVE_AFTER),
        server.log_types(),
        {"listener": server.port(context.host), **server.mutual(identity)},
    )
