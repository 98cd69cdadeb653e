"""MQTT devices as ``[[inputs.mqtt_consumer]]``: one for each broker, whatever the payloads.

A message comes as a string and is taken apart in the script, so that a field which is missing or of the wrong
type costs no other value, integers of 64 bits stay exact and no foreign message under a wildcard is an error.
Sessions persist, and a message is acknowledged when all of its values have been delivered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aiotctl.catalog.brokers.edge import of_gateway
from aiotctl.catalog.certificates import Identity
from aiotctl.catalog.collectors.telegraf.broker import client_id, credentials, identity
from aiotctl.catalog.collectors.telegraf.broker import url as compiled_url
from aiotctl.catalog.collectors.telegraf.literal import Literal
from aiotctl.catalog.collectors.telegraf.pair import Inputs, Pair
from aiotctl.catalog.collectors.telegraf.tables import Wanted
from aiotctl.catalog.collectors.telegraf.toml import Bound, Section, Value
from aiotctl.catalog.entry import GatewayContext
from aiotctl.catalog.protocols.mqtt.paths import path_keys
from aiotctl.catalog.protocols.mqtt.read import MqttDevice, MqttRead
from aiotctl.catalog.protocols.mqtt.topics import expand, filters
from aiotctl.model import address, names
from aiotctl.model.blueprint import Device, PointType
from aiotctl.model.primitives import SecretRef, Text

COMPILED = "compiled"
"""What the environment's own broker is called in the script's tables and in the log."""

UNDELIVERED = 10_000
"""Messages a consumer holds until their values are delivered; beyond, it stops reading and the broker keeps
them.
"""

UNITS = {"unix": 1_000_000_000, "unix_ms": 1_000_000, "unix_us": 1_000, "unix_ns": 1, "rfc3339": 0}
"""Nanoseconds of a time stamp's unit; 0 marks a calendar text."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker and who the collector is there (at the compiled one that follows from the gateway);
    ``label`` is its name in tables and log.
    """

    label: str
    url: Text
    user: str
    password: SecretRef | None


def inputs(context: GatewayContext, devices: tuple[Device, ...], types: Mapping[str, Wanted]) -> Inputs:
    """One consumer for each broker that the gateway's MQTT devices publish to.

    A broker that refuses a client's password ends the agent at its start, whatever
    ``startup_error_behavior`` says; so those of the devices' own are read by agents of their own.
    """
    brokers: dict[Broker, list[Device]] = {}
    for device in devices:
        brokers.setdefault(broker_of(context, device), []).append(device)
    consumers = {
        broker.label: (_consumer(context, broker, publishing, _subscribed(publishing, types)),)
        for broker, publishing in brokers.items()
    }
    compiled = [device for device in devices if context.endpoints[device.name] is None]
    return Inputs(
        consumers.pop(COMPILED, ()),
        apart=consumers,
        tables={
            "MESSAGES": {name: _messages(each) for name, each in types.items()},
            "TOPICS": {broker.label: _topics(publishing, types) for broker, publishing in brokers.items()},
        },
        subscribes=_subscribed(compiled, types),
    )


def broker_of(context: GatewayContext, device: Device) -> Broker:
    """Where the device publishes."""
    url = context.endpoints[device.name]
    if url is None:
        deployment = context.deployment
        broker = of_gateway(deployment, context.site.name, context.gateway.name)
        return Broker(COMPILED, compiled_url(deployment, broker), "", None)
    own = device.settings if isinstance(device.settings, MqttDevice) else MqttDevice()
    secret = SecretRef(own.password_secret) if own.password_secret else None
    label = hashlib.sha256(repr((url, own.user, own.password_secret)).encode()).hexdigest()[:8]
    return Broker(label, url, own.user, secret)


def _consumer(
    context: GatewayContext, broker: Broker, devices: Sequence[Device], topics: Sequence[str]
) -> Section:
    whose = f"{context.site.name}/broker"
    if broker.label != COMPILED:
        whose = names.input_alias(devices[0].site, devices[0].name)
    own = _identity(context) if broker.label == COMPILED else None
    values: dict[str, Value] = {
        "alias": f"{whose}/{broker.label}",
        "name_override": "mqtt",
        "servers": [Bound(broker.url)],
        "topics": topics,
        "topic_tag": "topic",
        "qos": 1,
        "persistent_session": True,
        "client_id": client_id(own, "gateway", context.site.name, context.gateway.name, broker.label),
        "keepalive": "30s",
        "connection_timeout": "10s",
        "max_undelivered_messages": UNDELIVERED,
        "startup_error_behavior": "retry",
        "data_format": "value",
        "data_type": "string",
    }
    values |= _credentials(context, broker, own)
    tags = Section("tags", {"broker": broker.label}, many=False)
    return Section("inputs.mqtt_consumer", values, sections=(tags,))


def _identity(context: GatewayContext) -> Identity | None:
    site, gateway = context.site.name, context.gateway.name
    host = address.host_of_gateway(site, gateway)
    return identity(context.deployment, host, names.gateway_client(site, gateway))


def _credentials(context: GatewayContext, broker: Broker, own: Identity | None) -> dict[str, Value]:
    """Who the collector is there: itself at the compiled broker, the declared user at another."""
    if broker.label == COMPILED:
        return credentials(own, names.gateway_client(context.site.name, context.gateway.name))
    found: dict[str, Value] = {"username": broker.user} if broker.user else {}
    return found | ({"password": Bound((broker.password,))} if broker.password else {})


def _subscribed(devices: Iterable[Device], types: Mapping[str, Wanted]) -> tuple[str, ...]:
    return filters((read.topic, device) for device in devices for read in _reads(types[device.type]))


def _reads(each: Wanted) -> Iterator[MqttRead]:
    return (_read(point) for point in each.points)


def _read(point: PointType) -> MqttRead:
    assert isinstance(point.read, MqttRead)
    return point.read


def _messages(each: Wanted) -> dict[str, Literal]:
    """Topic pattern -> what to take of a message: (point, path, optional, own time)."""
    found: dict[str, list[Literal]] = {}
    for point in each.points:
        read = _read(point)
        stamp = read.timestamp
        own_time: Literal = (path_of(stamp.json), UNITS[stamp.format]) if stamp else None
        found.setdefault(read.topic, []).append((point.name, path_of(read.json), read.optional, own_time))
    return dict(found)


def _topics(devices: Iterable[Device], types: Mapping[str, Wanted]) -> dict[str, Literal]:
    """Topic -> the devices and patterns it belongs to."""
    found: dict[str, list[Literal]] = {}
    for device in devices:
        for pattern in dict.fromkeys(read.topic for read in _reads(types[device.type])):
            found.setdefault(expand(pattern, device), []).append((device.name, pattern))
    return dict(found)


def path_of(text: str) -> tuple[tuple[str, int], ...]:
    """The keys of a JSON path; each with the index it means in an array, -1 where it is none."""
    keys = path_keys(text) if text else ()
    return tuple((key, int(key) if key.isascii() and key.isdigit() else -1) for key in keys)


PAIR = Pair("mqtt", MqttRead, inputs)
