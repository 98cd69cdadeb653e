"""Topics of a device, with the placeholders of its type filled in."""

from __future__ import annotations

from collections.abc import Iterable

from aiotctl.catalog.protocols.mqtt.read import MqttRead
from aiotctl.model.blueprint import Device, DeviceType


def expand(topic: str, device: Device) -> str:
    """The topic of one device: ``{device}``, ``{site}`` and ``{gateway}`` become its names."""
    filled = topic.replace("{device}", device.name).replace("{site}", device.site)
    return filled.replace("{gateway}", device.gateway)


def patterns_of(kind: DeviceType) -> tuple[str, ...]:
    """The topics of a type with their placeholders, in the order of its points, each once."""
    reads = (point.read for point in kind.points)
    return tuple(dict.fromkeys(read.topic for read in reads if isinstance(read, MqttRead)))


def topics_of(kind: DeviceType, device: Device) -> tuple[str, ...]:
    """All topics the device publishes, in the order of its points, each once."""
    return tuple(dict.fromkeys(expand(pattern, device) for pattern in patterns_of(kind)))


FEW = 20
"""Up to so many topics of one pattern are subscribed one by one. A broker keeps state for each subscription.
"""


def filters(topics: Iterable[tuple[str, Device]]) -> tuple[str, ...]:
    """What a gateway subscribes to in order to hear these (pattern, device) pairs, each filter once.

    Many topics of one pattern become one filter with ``+`` for the device; what it hears beyond its own
    devices is left.
    """
    found: dict[str, dict[str, Device]] = {}
    for pattern, device in topics:
        found.setdefault(pattern, {})[expand(pattern, device)] = device
    wanted: dict[str, None] = {}
    for pattern, of_pattern in found.items():
        wanted |= dict.fromkeys(
            of_pattern if len(of_pattern) <= FEW else (_any_device(pattern, d) for d in of_pattern.values())
        )
    return tuple(wanted)


def _any_device(pattern: str, device: Device) -> str:
    levels = ("+" if "{device}" in level else level for level in pattern.split("/"))
    return expand("/".join(levels), device)
