"""MQTT clients of a test."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable

import paho.mqtt.client as paho


class Client:
    """A client that keeps what it hears. ``user`` is a name and a password, where it has no certificate."""

    def __init__(
        self,
        port: int,
        name: str,
        tls: ssl.SSLContext | None = None,
        user: tuple[str, str] | None = None,
        keep: bool = False,
    ) -> None:
        version = paho.CallbackAPIVersion.VERSION2
        self.client = paho.Client(version, client_id=name, clean_session=not keep)
        self.heard: list[tuple[str, bytes]] = []
        self.refusal = ""
        self._connected = threading.Event()
        if tls is not None:
            self.client.tls_set_context(tls)
        if user is not None:
            self.client.username_pw_set(*user)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_message = lambda _c, _u, message: self.heard.append((message.topic, message.payload))
        self.port = port

    def _on_connect(
        self, _client: object, _data: object, _flags: object, reason: object, _properties: object
    ) -> None:
        self.refusal = "" if str(reason) == "Success" else str(reason)
        self._connected.set()

    def _on_disconnect(
        self, _client: object, _data: object, _flags: object, reason: object, _properties: object
    ) -> None:
        if not self._connected.is_set():
            self.refusal = str(reason)
            self._connected.set()

    def connect(self) -> Client:
        """Connects; ``refusal`` says why it could not."""
        try:
            self.client.connect("127.0.0.1", self.port, keepalive=30)
        except (OSError, ssl.SSLError) as problem:
            self.refusal = str(problem)
            return self
        self.client.loop_start()
        if not self._connected.wait(5):
            self.refusal = "no answer"
        return self

    def subscribe(self, topic: str) -> Client:
        self.client.subscribe(topic, 1)
        time.sleep(0.2)
        return self

    def publish(self, topic: str, payload: bytes, within_s: float = 5) -> None:
        """Publishes and waits for the broker's acknowledgement."""
        self.client.publish(topic, payload, 1).wait_for_publish(within_s)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.client.disconnect()
        self.client.loop_stop()


def until(condition: Callable[[], bool], within_s: float = 20) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
