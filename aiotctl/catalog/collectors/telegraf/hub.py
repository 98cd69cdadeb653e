"""The hub's Telegraf: batches from the broker into the database, acknowledged once they are committed."""

from __future__ import annotations

from aiotctl.catalog.collectors.telegraf.agent import NAME, agent, contribution, option
from aiotctl.catalog.collectors.telegraf.toml import Bound, Section, Value
from aiotctl.catalog.entry import Contribution, HubContext
from aiotctl.model import address, names
from aiotctl.model.primitives import Ref, SecretRef

UNDELIVERED = 300
"""Messages held until they are committed. With the gateways' batch it bounds the values in memory, and the
buffer is made larger than that: what overflows a buffer would be lost to this session.
"""

PING_TIMEOUT_S = 90
"""Beyond the undelivered messages the client reads nothing, no ping's answer either, for as long as the
database is away.
"""

BATCH = 5000
"""Values in one COPY."""


def lower_hub(context: HubContext) -> Contribution:
    """Telegraf for the hub."""
    buffer = UNDELIVERED * _batch(context) + BATCH
    sections = [
        agent(
            names.HUB,
            {
                "flush_interval": str(option(context.deployment, "flush")),
                "metric_batch_size": BATCH,
                "metric_buffer_limit": buffer,
            },
        ),
        _consumer(context),
        _database(context),
    ]
    password = ("PGPASSWORD", (SecretRef(names.database_secret("writer")),))
    return contribution(names.HUB, NAME, sections, (), ("platform/collector",), (password,))


def _batch(context: HubContext) -> int:
    value = option(context.deployment, "batch")
    assert isinstance(value, int)
    return value


def _consumer(context: HubContext) -> Section:
    broker = address.service(names.HUB, context.deployment.platform["broker"].engine)
    values: dict[str, Value] = {
        "alias": "broker",
        "servers": [Bound(("tcp://", Ref(broker, "mqtt.address")))],
        "topics": [names.gateway_topic("+", "+")],
        "topic_tag": "",
        "username": names.WRITER,
        "password": Bound((SecretRef(names.broker_secret(names.WRITER)),)),
        "client_id": names.WRITER,
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


def _database(context: HubContext) -> Section:
    """COPY into the staging table; the empty templates forbid Telegraf to change the schema.

    The password comes by the environment, because a connection string has a quoting of its own.
    """
    where = Ref(names.DATABASE, "sql.address")
    values: dict[str, Value] = {
        "alias": "database",
        "connection": Bound(("postgres://writer@", where, "/aiot?sslmode=disable&connect_timeout=5")),
        "schema": "aiot",
        "timestamp_column_type": "timestamp with time zone",
        "create_templates": [],
        "add_column_templates": [],
        "startup_error_behavior": "retry",
    }
    return Section("outputs.postgresql", values)
