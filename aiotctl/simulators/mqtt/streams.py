"""The messages of all publishing devices in the order they are due."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Sequence
from typing import Protocol

from aiotctl.catalog.protocols.mqtt.topics import expand
from aiotctl.model.blueprint import Device
from aiotctl.simulators.device import SimulatedDevice
from aiotctl.simulators.mqtt import codec
from aiotctl.simulators.mqtt.payload import (
    Slot,
    Template,
    fill,
    json_template,
    json_value,
    mqtt_read,
    plain_value,
    stamp,
)

LATE_MS = 2000
"""Further behind than this, messages are left out rather than sent in a burst."""
BATCH = 500
"""Messages sent before the loop looks at what came in."""
LONGEST_REST_S, SHORTEST_REST_S = 0.2, 0.002


class Sink(Protocol):
    """Where a device's messages go. ``topic`` is encoded for the packet."""

    def publish(self, topic: bytes, payload: bytes) -> None:
        """Take one message, now or as soon as there is a connection."""
        ...


class Stream:
    """One topic of one device. Points of different intervals share it: a message has those that are due,
    and always those that must not be missing.
    """

    def __init__(
        self, device: SimulatedDevice, topic: str, names: Sequence[str], sink: Sink, now: int
    ) -> None:
        self.device = device
        self._sink = sink
        self._topic = codec.text(topic)
        self._reads = {name: mqtt_read(device.points[name].point) for name in names}
        self._every = {name: device.points[name].point.every_ms for name in names}
        self._due = {name: (now // every + 1) * every for name, every in self._every.items()}
        stamps = dict.fromkeys(read.timestamp for read in self._reads.values() if read.timestamp)
        whole = all(every % 1000 == 0 for every in self._every.values())
        self._stamps: list[tuple[str, Slot]] = [(form.json, stamp(form, whole)) for form in stamps]
        self._templates: dict[tuple[str, ...], Template] = {}
        self.due = min(self._due.values())

    def fire(self, now: int) -> None:
        """Publish what is due and set the next time; ``now`` only tells how late it is."""
        due = self.due
        names: list[str] = []
        for name, at in self._due.items():
            if at <= due:
                every = self._every[name]
                self._due[name] = at + every if now - at < LATE_MS else (now // every + 1) * every
                names.append(name)
            elif not self._reads[name].optional:
                names.append(name)
        self.due = min(self._due.values())
        if not self.device.offline:
            self._publish(tuple(name for name in names if name != self.device.failing), due / 1000)

    def _publish(self, names: tuple[str, ...], due: float) -> None:
        if not names:
            return
        values = [self._value(name, due) for name in names]
        if not self._reads[names[0]].json:
            payload = plain_value(values[0]).encode("utf-8")
        else:
            rendered = [json_value(value) for value in values]
            rendered += [slot(due) for _, slot in self._stamps]
            payload = fill(self._template(names), rendered)
        delay = self.device.delay_s
        if delay:
            asyncio.get_running_loop().call_later(delay, self._sink.publish, self._topic, payload)
        else:
            self._sink.publish(self._topic, payload)

    def _value(self, name: str, due: float) -> int | float | str | bool:
        count = self.device.count(name)
        return self.device.raw(name, due) if count is None else count

    def _template(self, names: tuple[str, ...]) -> Template:
        found = self._templates.get(names)
        if found is None:
            paths = [self._reads[name].json for name in names] + [path for path, _ in self._stamps]
            found = self._templates[names] = json_template(paths)
        return found


def streams_of(device: SimulatedDevice, sink: Sink, now: int) -> list[Stream]:
    """The streams of a device: one a topic, and one for each plain value."""
    own = device.device
    whose = Device(own.site, own.name, own.type, own.gateway, endpoint=None, settings=None)
    topics: dict[tuple[str, str], list[str]] = {}
    for name, point in device.points.items():
        read = mqtt_read(point.point)
        topic = expand(read.topic, whose)
        topics.setdefault((topic, "" if read.json else name), []).append(name)
    return [Stream(device, topic, names, sink, now) for (topic, _), names in topics.items()]


class Schedule:
    """Fires streams when they are due. Its clock starts at the system's and never jumps, like that of a
    device.
    """

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()
        self._heap: list[tuple[int, int, Stream]] = []

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return int((self._offset + time.monotonic()) * 1000)

    def add(self, streams: Sequence[Stream]) -> None:
        """Fire these from now on."""
        for stream in streams:
            heapq.heappush(self._heap, (stream.due, id(stream), stream))

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            for _ in range(BATCH):
                now = self.now()
                if not self._heap or self._heap[0][0] > now:
                    break
                stream = self._heap[0][2]
                stream.fire(now)
                heapq.heapreplace(self._heap, (stream.due, id(stream), stream))
            wait = (self._heap[0][0] - self.now()) / 1000 if self._heap else LONGEST_REST_S
            await asyncio.sleep(max(0.0 if wait <= 0 else SHORTEST_REST_S, min(wait, LONGEST_REST_S)))
