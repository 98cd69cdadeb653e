"""NATS as an MQTT 3.1.1 broker: one process with JetStream on this machine, a user for each client, nobody
without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiotctl.catalog.entry import Contribution, HubContext, PlatformEntry
from aiotctl.catalog.options import size
from aiotctl.model import names
from aiotctl.model.address import service
from aiotctl.model.blueprint import Json
from aiotctl.model.primitives import (
    ConfigFile,
    Directory,
    Health,
    OnChange,
    Part,
    Port,
    Quoting,
    Ref,
    Right,
    SecretRef,
    Service,
    Text,
)
from aiotctl.quantities import SIZE_PATTERN

NAME = "nats"
MQTT_PORT, CLIENT_PORT, MONITOR_PORT = 18830, 14222, 18222

MAX_PAYLOAD = 4 * 2**20
"""Bytes of one message: a gateway's batch of 5,000 values in line protocol is about a tenth of it."""

ACK_WAIT = "10s"
"""A message that was not acknowledged for so long is sent again. It is how long a batch waits that the hub's
collector held when it was killed: NATS does not send again at once when a session comes back.
"""

WRITE_DEADLINE = "2m"
"""How long a client may take nothing before it is cut off: the hub's collector stops reading while the
database is away. Clients that are gone are noticed by their keep-alive.
"""

STORE_TIMEOUT = "30s"
"""How long storing a message may take before its sender is cut off; a laptop's disk stalls at times."""

SYNC = "10s"
"""What is acknowledged has been written, and outlives the broker; so often it is forced to the disk: a power
cut takes ten seconds at most. Doing it for each message cost five sixths of the throughput.
"""

UNACKNOWLEDGED = 65_535
"""Unacknowledged messages of one session at most, over all its subscriptions: a packet's number has 16
bits.
"""

UNACKNOWLEDGED_OF_ONE = 10_000
"""The same for one subscription: two seconds of a busy gateway, which acknowledges what the hub has taken."""

DELIVERY = "$MQTT.sub.>"
"""Where NATS delivers messages of QoS 1 to a session. Clients cannot subscribe to it by themselves."""

OPTIONS: dict[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "storage": {
            "type": "string",
            "pattern": SIZE_PATTERN,
            "default": "10 GB",
            "description": "disk space for messages that wait; when it is full, publishers are told to wait",
        },
    },
}


def _hub(context: HubContext) -> Contribution:
    options = context.deployment.platform["broker"].options
    server = Service(
        name=NAME,
        program="nats-server",
        command=(
            (Ref("program/nats-server", "path"),),
            ("--config",),
            (Ref(context.host, "root"), "/nats/nats.conf"),
            ("--store_dir",),
            (Ref(context.host, "root"), "/data/nats"),
        ),
        files=("nats/nats.conf",),
        ports=(Port("mqtt", MQTT_PORT), Port("client", CLIENT_PORT), Port("monitor", MONITOR_PORT)),
        health=Health(http=("monitor", "/healthz")),
        on_change=OnChange.RELOAD,
        origin=("platform/broker",),
    )
    text = (*_server(context, options), *_users(context.rights))
    return Contribution(
        programs=("nats-server",),
        directories=(Directory("nats"), Directory("data/nats", data=True)),
        files=(ConfigFile("nats/nats.conf", text, origin=("platform/broker",)),),
        services=(server,),
    )


def _unacknowledged(rights: Iterable[Right]) -> int:
    """Unacknowledged messages of one subscription, such that the client with the most has room for all of its
    own. NATS refuses the subscription that would go beyond.
    """
    most = max((len(right.subscribe) for right in rights), default=1)
    return max(1, min(UNACKNOWLEDGED_OF_ONE, UNACKNOWLEDGED // max(1, most)))


def _server(context: HubContext, options: Mapping[str, Json]) -> Text:
    unacknowledged, own = _unacknowledged(context.rights), service(context.host, NAME)
    storage = size(options.get("storage", "10 GB"))
    return (
        "server_name: hub\n",
        *("listen: ", Ref(own, "client.address", Quoting.NATS), "\n"),
        *("http: ", Ref(own, "monitor.address", Quoting.NATS), "\n"),
        f"max_payload: {MAX_PAYLOAD}\n",
        f"write_deadline: {quoted(WRITE_DEADLINE)}\n",
        "jetstream {\n",
        f"  max_file_store: {storage}\n",
        "  max_memory_store: 67108864\n",
        f"  sync_interval: {quoted(SYNC)}\n",
        "}\n",
        "mqtt {\n",
        *("  listen: ", Ref(own, "mqtt.address", Quoting.NATS), "\n"),
        f"  ack_wait: {quoted(ACK_WAIT)}\n",
        f"  max_ack_pending: {unacknowledged}\n",
        f"  js_api_timeout: {quoted(STORE_TIMEOUT)}\n",
        "}\n",
    )


def _users(rights: Iterable[Right]) -> Text:
    parts: list[Part] = ["authorization {\n  timeout: 5\n  users = [\n"]
    for right in rights:
        password = SecretRef(names.broker_secret(right.client), Quoting.NATS)
        parts += [f"    {{ user: {quoted(right.client)}, password: ", password, ",\n"]
        parts += ['      allowed_connection_types: ["MQTT"],\n      permissions: {\n']
        subscribe = [s for topic in right.subscribe for s in subjects(topic)]
        parts += [f"        publish: {_allowed(s for topic in right.publish for s in subjects(topic))}\n"]
        parts += [
            f"        subscribe: {_allowed([*subscribe, DELIVERY] if subscribe else [])}\n      }} }}\n"
        ]
    return (*parts, "  ]\n}\n")


def _allowed(subjects: Iterable[str]) -> str:
    """A permission; without an explicit denial NATS would allow everything where nothing is listed."""
    listed = ", ".join(quoted(s) for s in dict.fromkeys(subjects))
    return f"{{ allow: [{listed}] }}" if listed else '{ deny: [">"] }'


def subjects(topic: str) -> tuple[str, ...]:
    """The NATS subjects of an MQTT topic filter, as the server itself converts them
    (``mqttToNATSSubjectConversion``).

    ``a/#`` also means ``a``. Levels that are empty become ``/``, a dot becomes ``//``. Whitespace cannot be
    said.
    """
    levels = [_level(level) for level in topic.split("/")]
    if levels[-1] == ">" and len(levels) > 1:
        return (".".join(levels), ".".join(levels[:-1]))
    return (".".join(levels),)


def _level(level: str) -> str:
    return {"+": "*", "#": ">", "": "/"}.get(level) or level.replace(".", "//")


def quoted(text: str) -> str:
    """A quoted string of NATS' configuration language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " else f"\\x{ord(c):02x}" for c in escaped) + '"'


ENTRY = PlatformEntry(
    role="broker",
    engine="nats",
    description="NATS with its MQTT 3.1.1 listener, as a process on this machine; for a laptop",
    options=OPTIONS,
    hub=_hub,
)
