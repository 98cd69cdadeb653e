"""The MQTT part of the language."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from aiotctl.catalog.protocol import Data, Limits, Report
from aiotctl.catalog.protocols.mqtt.kinds import BAD_TOPIC, CREDENTIALS, TIMESTAMP
from aiotctl.catalog.protocols.mqtt.read import MqttDevice, MqttRead, MqttType, Timestamp
from aiotctl.catalog.secrets import SECRET
from aiotctl.findings import Path, listed, nearest
from aiotctl.model.blueprint import Json, Read, ValueType

VALUE_TYPES: dict[str, ValueType] = {
    "float": ValueType.FLOAT,
    "integer": ValueType.INTEGER,
    "boolean": ValueType.BOOLEAN,
    "string": ValueType.TEXT,
}
FORMATS = ("unix", "unix_ms", "unix_us", "unix_ns", "rfc3339")
PLACEHOLDERS = ("device", "site", "gateway")

_JSON_PATH: dict[str, Json] = {
    "type": "string",
    "pattern": r"^[^\x00-\x1f\x7f]{1,512}$",
    "description": "Path of keys joined by dots in a JSON payload; an array's element is its number, a dot "
    "in a key is written `\\.`, a backslash `\\\\`. Without it the payload is the plain value.",
}
POINT: dict[str, Json] = {
    "topic": {
        "type": "string",
        "minLength": 1,
        "maxLength": 512,
        "description": "The device's topic. `{device}`, `{site}` and `{gateway}` stand for the names.",
    },
    "json": _JSON_PATH,
    "type": {"enum": list(VALUE_TYPES), "description": "Type of the value.", "default": "float"},
    "timestamp": {
        "type": "object",
        "description": "The device's own time stamp in the payload. Default: the time of arrival.",
        "properties": {
            "json": {**_JSON_PATH, "description": "Path of the time stamp in the JSON payload."},
            "format": {"enum": list(FORMATS), "description": "How the time stamp is written."},
        },
        "required": ["json", "format"],
        "additionalProperties": False,
    },
    "optional": {
        "type": "boolean",
        "description": "Whether a message without this value is still good.",
        "default": True,
    },
}
TYPE: dict[str, Json] = {}
_DEVICE: dict[str, Json] = {
    "user": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "description": "User at the device's own broker (only with an `endpoint`).",
    },
    "password": {**SECRET, "description": "The user's password, as a secret of the vault."},
}
DEVICE = {"mqtt": _DEVICE}

_TOPIC = re.compile(r"[^+#\x00-\x1f\x7f]+")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_ENDPOINT = re.compile(
    r"tcp://(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?P<port>:[0-9]{1,5})?"
)


def read_point(protocol: str, data: Data, path: Path, report: Report) -> tuple[Read, ValueType] | None:
    """One point."""
    topic: str = data["topic"]
    if not _sound_topic(topic, path, report):
        return None
    stamp: dict[str, str] | None = data.get("timestamp")
    if stamp and "json" not in data:
        detail = "The time stamp lies in a JSON payload, but the value is read from a plain one."
        report(
            TIMESTAMP.at(
                (*path, "timestamp"), detail, "Say with `json:` where the value lies in the payload."
            )
        )
        return None
    kind = str(data.get("type", "float"))
    read = MqttRead(
        topic=topic,
        json=str(data.get("json", "")),
        data_type=kind,
        timestamp=Timestamp(stamp["json"], stamp["format"]) if stamp else None,
        optional=bool(data.get("optional", True)),
    )
    return read, VALUE_TYPES[kind]


def _sound_topic(topic: str, path: Path, report: Report) -> bool:
    where = (*path, "topic")
    if not _TOPIC.fullmatch(topic) or topic.startswith(("$", "/")) or topic.endswith("/") or "//" in topic:
        detail = (
            f"{topic!r} cannot be published to: wildcards, empty levels and a leading `$` are not allowed."
        )
        report(BAD_TOPIC.at(where, detail, "Write one topic; `{device}` stands for the device's name."))
        return False
    for name in _PLACEHOLDER.findall(topic):
        if name not in PLACEHOLDERS:
            detail = f"`{{{name}}}` stands for nothing here.{nearest(name, PLACEHOLDERS)}"
            report(BAD_TOPIC.at(where, detail, f"Known are {listed(f'{{{p}}}' for p in PLACEHOLDERS)}."))
            return False
    if set(_PLACEHOLDER.sub("", topic)) & set("{}"):
        report(
            BAD_TOPIC.at(
                where, f"A brace in {topic!r} has no partner.", "Write `{device}`, `{site}` or `{gateway}`."
            )
        )
        return False
    return True


def read_type(protocol: str, data: Data, path: Path, report: Report) -> MqttType:
    """Settings of a device type."""
    return MqttType()


def read_device(protocol: str, data: Data, path: Path, report: Report) -> MqttDevice:
    """Settings of a device."""
    if ("user" in data) != ("password" in data):
        given, lacking = ("user", "password") if "user" in data else ("password", "user")
        detail = f"`{given}` is there and `{lacking}` is not."
        report(
            CREDENTIALS.at(
                (*path, given), detail, "Write `user: NAME` and `password: {secret: NAME}` together."
            )
        )
    password: dict[str, Any] = data.get("password", {})
    return MqttDevice(user=str(data.get("user", "")), password_secret=str(password.get("secret", "")))


def read_endpoint(protocol: str, text: str) -> str | None:
    """``tcp://host:port`` with the port filled in."""
    found = _ENDPOINT.fullmatch(text)
    if found is None:
        return None
    port = found["port"]
    if port is None:
        return text + ":1883"
    return text if 0 < int(port[1:]) <= 0xFFFF else None


def raw_limits(read: Read) -> Limits | None:
    """A payload may hold any number, where it holds numbers."""
    return (Decimal(-(2**63)), Decimal(2**63 - 1)) if _integer(read) else None


def _integer(read: Read) -> bool:
    return isinstance(read, MqttRead) and read.data_type == "integer"


value_limits = raw_limits


def words(read: Read) -> dict[str, str]:
    """The read in words."""
    if not isinstance(read, MqttRead):
        return {}
    shown = {"topic": read.topic, "type": read.data_type}
    if read.json:
        shown["json"] = read.json
    if read.timestamp:
        shown["timestamp"] = f"{read.timestamp.json} ({read.timestamp.format})"
    shown["optional"] = "true" if read.optional else "false"
    return shown
