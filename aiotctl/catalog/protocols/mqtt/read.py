"""What is known of an MQTT point and device once the blueprint has been read."""

from __future__ import annotations

from dataclasses import dataclass

from aiotctl.model.blueprint import DeviceSettings, Read, TypeSettings


@dataclass(frozen=True, slots=True)
class Timestamp:
    """The device's own time stamp: a path in the JSON payload and its format (unix, unix_ms, unix_us,
    unix_ns, rfc3339).
    """

    json: str
    format: str


@dataclass(frozen=True, slots=True)
class MqttRead(Read):
    """One value of a topic.

    ``topic`` may hold ``{device}``, ``{site}`` and ``{gateway}``; ``json`` is a path of keys joined by dots
    (a dot in a
    key is written ``\\.``, an array element as its number), empty for a plain value; ``data_type`` is
    ``float``,
    ``integer``, ``boolean`` or ``string``; ``optional``: a message without it is still good.
    """

    topic: str
    json: str = ""
    data_type: str = "float"
    timestamp: Timestamp | None = None
    optional: bool = True


@dataclass(frozen=True, slots=True)
class MqttType(TypeSettings):
    """Nothing so far beyond the points."""


@dataclass(frozen=True, slots=True)
class MqttDevice(DeviceSettings):
    """``user`` and ``password_secret`` for a broker of the device's own; a device without an endpoint
    publishes to the
    compiled broker as a user of its own, with a password from the vault."""

    user: str = ""
    password_secret: str = ""
