"""Topics: one writer for each, and none that belong to aiotctl itself."""

from __future__ import annotations

from collections.abc import Iterator

from aiotctl.catalog.protocols.mqtt.read import MqttRead
from aiotctl.catalog.protocols.mqtt.topics import expand, patterns_of
from aiotctl.findings import Finding, Kind, Path
from aiotctl.model.blueprint import Device, DeviceType
from aiotctl.model.deployment import Deployment
from aiotctl.rules.rule import Rule

SHARED = Kind(
    "topic-shared",
    "Two writers of one topic",
    "A topic names its device; with two writers nobody can tell whose value it is.",
)
RESERVED = Kind(
    "topic-reserved",
    "A topic that gateways use themselves",
    "Below `site/` the gateways' collectors publish; a device there would be taken for one of them.",
)
UNFIT = Kind(
    "topic-unfit",
    "A topic that the compiled broker cannot carry",
    "The broker keeps MQTT topics as subjects of its own, in which spaces, `*` and `>` have a meaning.",
)


def of_type(kind: DeviceType) -> Iterator[Finding]:
    """Findings about the topics of a type that hold for all of its devices."""
    for point in kind.points:
        if not isinstance(point.read, MqttRead):
            continue
        path: Path = ("device_types", kind.name, "points", point.name, "topic")
        topic = point.read.topic
        if topic == "site" or topic.startswith("site/"):
            yield RESERVED.at(path, f"`{topic}` lies below `site/`.", "Begin the topic with another word.")
        wrong = sorted(set(topic) & set(" *>"))
        if wrong:
            detail = f"`{topic}` holds {' and '.join(repr(letter) for letter in wrong)}."
            yield UNFIT.at(path, detail, "Write the topic with letters, digits, `-`, `_` and `/`.")


def whole(deployment: Deployment) -> Iterator[Finding]:
    """Findings about devices that write the same topic of the same broker, one for each pattern of a type."""
    patterns = {
        name: patterns_of(kind) for name, kind in deployment.device_types.items() if kind.protocol == "mqtt"
    }
    if not patterns:
        return
    writers: dict[tuple[str | None, str], Device] = {}
    shared: dict[tuple[str, str], list[tuple[Device, Device]]] = {}
    for site in deployment.sites.values():
        for device in site.devices:
            for pattern in patterns.get(device.type, ()):
                first = writers.setdefault((device.endpoint, expand(pattern, device)), device)
                if first is not device:
                    shared.setdefault((device.type, pattern), []).append((device, first))
    for (kind, pattern), pairs in shared.items():
        yield _shared(deployment.device_types[kind], pattern, pairs)


def _shared(kind: DeviceType, pattern: str, pairs: list[tuple[Device, Device]]) -> Finding:
    points = (
        point for point in kind.points if isinstance(point.read, MqttRead) and point.read.topic == pattern
    )
    path: Path = ("device_types", kind.name, "points", next(points).name, "topic")
    device, first = pairs[0]
    more = f", and {len(pairs) - 1} more devices repeat topics" if len(pairs) > 1 else ""
    detail = (
        f"`{expand(pattern, device)}` is written by `site/{first.site}/device/{first.name}` and by "
        f"`site/{device.site}/device/{device.name}`{more}."
    )
    related = [(("sites", one.site, "devices", one.name), f"`{one.name}` is here") for one in (first, device)]
    remedy = "Put `{device}` into the topic of the device type, and `{site}` where names repeat."
    return SHARED.at(path, detail, remedy, related=related)


RULE = Rule(kinds=(SHARED, RESERVED, UNFIT), of_type=of_type, whole=whole)
