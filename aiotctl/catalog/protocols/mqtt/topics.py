"""Topics of a device, with the placeholders of its type filled in."""

from __future__ import annotations

from aiotctl.catalog.protocols.mqtt.read import MqttRead
from aiotctl.model.blueprint import Device, DeviceType


def expand(topic: str, device: Device) -> str:
    """The topic of one device: ``{device}``, ``{site}`` and ``{gateway}`` become its names."""
    filled = topic.replace("{device}", device.name).replace("{site}", device.site)
    return filled.replace("{gateway}", device.gateway)


def topics_of(kind: DeviceType, device: Device) -> tuple[str, ...]:
    """All topics the device publishes, in the order of its points, each once."""
    reads = (point.read for point in kind.points)
    return tuple(dict.fromkeys(expand(read.topic, device) for read in reads if isinstance(read, MqttRead)))
