"""The hub's Telegraf: batches from the broker into the database, acknowledged once they are committed."""

from __future__ import annotations

from aiotctl.catalog.accounts import owned
from aiotctl.catalog.brokers.edge import of_hub
from aiotctl.catalog.certificates import Identity
from aiotctl.catalog.cloud import is_managed
from aiotctl.catalog.collectors.telegraf.agent import NAME, agent, contribution, option
from aiotctl.catalog.collectors.telegraf.broker import FOLDER, client_id, credentials, identity, url
from aiotctl.catalog.collectors.telegraf.toml import Bound, Section, Value
from aiotctl.catalog.databases.postgres.login import ROLE, Client, dialled_at
from aiotctl.catalog.entry import Contribution, HubContext
from aiotctl.model import names
from aiotctl.model.primitives import SecretRef, Text

UNDELIVERED = 300
"""Messages held until they are committed. With the gateways' batch it bounds the values in memory, and the
buffer is made larger than that: what overflows a buffer would be lost to this session.
"""

PING_TIMEOUT_S = 90
"""Beyond the undelivered messages the client reads nothing, no ping's answer either, for as long as the
database is away.
"""

BATCH = 5000
"""Values in one batch for the database."""

DATABASE_FOLDER = "etc/database"
"""Folder of what a cloud's database is known by."""

METRICS = 2
"""Metrics that the hub makes of a value: the value itself and its beat."""


def lower_hub(context: HubContext) -> Contribution:
    """Telegraf for the hub."""
    deployment, host = context.deployment, context.host
    buffer = (UNDELIVERED * _batch(context) + BATCH) * METRICS
    own = identity(deployment, host, names.WRITER)
    client = Client(deployment, host, "writer", DATABASE_FOLDER if is_managed(deployment, ROLE) else FOLDER)
    sections = [
        agent(
            host,
            {
                "flush_interval": str(option(context.deployment, "flush")),
                "metric_batch_size": BATCH * METRICS,
                "metric_buffer_limit": buffer,
            },
        ),
        _consumer(context, own),
        _beats(),
        _database(context, client),
    ]
    by_word = (("PGPASSWORD", (SecretRef(names.database_secret("writer")),)),)
    password = () if client.identity else by_word
    files = client.files if client.authority else ()  # its certificate is the broker's client's, too
    made = contribution(host, NAME, sections, files, ("platform/collector",), password, own)
    return owned(deployment, made, NAME)


def _batch(context: HubContext) -> int:
    value = option(context.deployment, "batch")
    assert isinstance(value, int)
    return value


def _consumer(context: HubContext, own: Identity | None) -> Section:
    broker = of_hub(context.deployment)
    values: dict[str, Value] = {
        "alias": "broker",
        "servers": [Bound(url(context.deployment, broker))],
        "topics": [names.gateway_topic("+", "+")],
        "topic_tag": "",
        **credentials(own, names.WRITER),
        "client_id": client_id(own, names.WRITER),
        "qos": 1,
        "persistent_session": True,
        "keepalive": "30s",
        "ping_timeout": f"{PING_TIMEOUT_S}s",
        "connection_timeout": "10s",
        "max_undelivered_messages": UNDELIVERED,
        "startup_error_behavior": "retry",
        "data_format": "influx",
        "influx_parser_type": "upstream",
    }
    return Section("inputs.mqtt_consumer", values)


def _beats() -> Section:
    """A second, tiny metric for each value, so that every batch has two tables.

    The output takes a connection that breaks within COPY for a fault of the batch, and drops the batch
    where it has one table only. With a second one it tries to go back to before the first, which the broken
    connection refuses, so that the whole batch is kept and sent again.
    """
    beat = Section("template", {"name": "beat", "fields": ["q"]})
    return Section("processors.split", {"alias": "beats", "drop_original": False}, sections=(beat,))


def _database(context: HubContext, client: Client) -> Section:
    """COPY into the staging table; the empty templates forbid Telegraf to change the schema.

    A password comes by the environment, because a connection string has a quoting of its own.
    """
    where = dialled_at(context.deployment)
    values: dict[str, Value] = {
        "alias": "database",
        "connection": Bound(("postgres://writer@", *where, "/aiot?", *_tls(client), "&connect_timeout=5")),
        "schema": "aiot",
        "timestamp_column_type": "timestamp with time zone",
        "create_templates": [],
        "add_column_templates": [],
        "startup_error_behavior": "retry",
    }
    return Section("outputs.postgresql", values)


def _tls(client: Client) -> Text:
    """How both sides know each other, as words of the connection's URL; paths hold nothing to be quoted."""
    own = client.identity
    if own is None:
        authority = client.authority
        return ("sslmode=verify-full&sslrootcert=", *authority) if authority else ("sslmode=disable",)
    files = ("&sslrootcert=", *own.path("ca"), "&sslcert=", *own.path("cert"), "&sslkey=", *own.path("key"))
    return ("sslmode=verify-full", *files)
