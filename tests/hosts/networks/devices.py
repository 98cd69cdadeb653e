"""Devices that count, each with what it knows of what it gave away."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from aiotctl.simulators import control

ACKNOWLEDGED_S = 40.0
"""So long a message may wait for its acknowledgement while the gateway's broker is started again."""


class Counting(Protocol):
    """A device whose values are 1, 2, 3 and so on."""

    def given(self, after: int) -> list[int]:
        """The counts beyond ``after`` that have to be stored."""
        ...


class Polled:
    """A simulated device: what was given away was read by its gateway's collector."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder, self._address = folder, address

    def given(self, after: int) -> list[int]:
        """All that were read, in one row."""
        state = control.state(self._folder)[self._address]
        return list(range(after + 1, int(state["counters"]["sequence"]) + 1))


class Sensor:
    """A device that publishes with QoS 1 and its own time stamp. ``words`` are its credentials, ``fields``
    the values of one message, each with a count of its own; ``shift_s`` is what its clock is off.
    """

    def __init__(self, words: dict[str, str], every_s: float, fields: Sequence[str] = ("n",)) -> None:
        self.shift_s = 0
        self._every_s, self._fields = every_s, fields
        self._words = words
        self._count = 0
        self._flying: list[tuple[int, mqtt.MQTTMessageInfo]] = []
        self._acknowledged: list[int] = []
        self._lock = threading.Lock()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=words["user"])
        self._client.username_pw_set(words["user"], words["password"])
        self._client.reconnect_delay_set(1, 2)
        self._client.max_inflight_messages_set(200)

    def given(self, after: int) -> list[int]:
        """What the gateway's broker has acknowledged."""
        with self._lock:
            self._look()
            size = len(self._fields)
            every = (range((k - 1) * size + 1, k * size + 1) for k in sorted(self._acknowledged))
            return [count for message in every for count in message if count > after]

    @contextmanager
    def publishing(self) -> Generator[None]:
        """Publishes for as long as the context lasts."""
        stop = threading.Event()
        thread = threading.Thread(target=self._publish, args=(stop,), daemon=True)
        self._client.connect_async(self._words["host"], int(self._words["port"]), keepalive=10)
        self._client.loop_start()
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(10)
            self._client.disconnect()
            self._client.loop_stop()

    def burst(self, values: int) -> None:
        """So many values at once; returns when the gateway's broker has acknowledged them."""
        for _ in range(values // len(self._fields)):
            self._one()
        deadline = time.monotonic() + ACKNOWLEDGED_S
        while time.monotonic() < deadline:
            with self._lock:
                self._look()
                if not self._flying:
                    return
            time.sleep(0.1)
        raise AssertionError(f"{len(self._flying)} messages were not acknowledged")

    def _publish(self, stop: threading.Event) -> None:
        while not stop.wait(self._every_s):
            if self._client.is_connected():
                self._one()

    def _one(self) -> None:
        with self._lock:
            self._count += 1
            at = time.time_ns() // 1000 + self.shift_s * 1_000_000
            first = (self._count - 1) * len(self._fields) + 1
            told = {"t": at, **{field: first + k for k, field in enumerate(self._fields)}}
            payload = json.dumps(told)
            sent = self._client.publish(self._words["topic"], payload, qos=1)
            self._flying.append((self._count, sent))

    def _look(self) -> None:
        """Moves on what was acknowledged. What the client could not send is sent by it when it is connected
        again, but it does not tell of that: such a message counts as never sent.
        """
        flying: list[tuple[int, mqtt.MQTTMessageInfo]] = []
        for count, sent in self._flying:
            with suppress(RuntimeError, ValueError):
                if sent.is_published():
                    self._acknowledged.append(count)
                else:
                    flying.append((count, sent))
        self._flying = flying
