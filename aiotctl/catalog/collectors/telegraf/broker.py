"""Telegraf as a client of the compiled broker: with a password on this machine, else with its certificate."""

from __future__ import annotations

from aiotctl.catalog.brokers.edge import session
from aiotctl.catalog.certificates import Identity, client
from aiotctl.catalog.collectors.telegraf.toml import Bound, Value
from aiotctl.model import names
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Ref, SecretRef, Text

FOLDER = "etc/tls"


def identity(deployment: Deployment, host: str, name: str) -> Identity | None:
    """The certificate of a host's collector; None where everything runs on this machine."""
    return None if deployment.environment.local else client(host, FOLDER, name)


def url(deployment: Deployment, broker: str) -> Text:
    """Where the broker listens, as a URL."""
    scheme = "tcp" if deployment.environment.local else "ssl"
    return (f"{scheme}://", Ref(broker, "mqtt.address"))


def client_id(own: Identity | None, *words: str) -> Value:
    """A client identifier that is nobody else's: NATS refuses dots in one, and names hold no colon. Where
    clients have certificates it cannot be guessed either, since who knows it may take the session over.
    """
    return ":".join(words) if own is None else Bound((session(*words),))


def credentials(own: Identity | None, name: str) -> dict[str, Value]:
    """Who the collector is at the broker."""
    if own is None:
        return {"username": name, "password": Bound((SecretRef(names.broker_secret(name)),))}
    return {f"tls_{key}": Bound(own.path(key)) for key in ("ca", "cert", "key")}
