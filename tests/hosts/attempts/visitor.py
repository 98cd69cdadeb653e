"""Clients of the brokers that tell how they were received."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Collection, Generator
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from aiotctl.agents.forward import packets

ANSWER_S = 8.0
VERDICT_S = 0.5
WELCOME = "the broker welcomes it"


class RefusedError(OSError):
    """The broker did not let the client in, or took nothing from it."""


def knock(address: str, port: int, tls: ssl.SSLContext | None, client: str = "visitor") -> str:
    """Connects without user and password and tells the broker's answer. Raises OSError (ssl.SSLError) with
    what the other side says where it does not come so far.
    """
    with contextlib.ExitStack() as stack:
        line: socket.socket = stack.enter_context(socket.create_connection((address, port), ANSWER_S))
        if tls is not None:
            line = stack.enter_context(tls.wrap_socket(line, server_hostname=address))
            _listen(line)
        line.sendall(packets.connect(client, True, 30))
        answer = line.recv(4)
    if not answer:
        return "closed without a word"
    return WELCOME if answer[3] == 0 else f"CONNACK {answer[3]}"


def _listen(line: socket.socket) -> None:
    """In TLS 1.3 a client is done before the server has judged it. Raises ssl.SSLError with the verdict,
    which would be lost if something had been sent.
    """
    line.settimeout(VERDICT_S)
    with contextlib.suppress(TimeoutError):
        if not line.recv(1):
            raise RefusedError("closed without a word")
    line.settimeout(ANSWER_S)


class Visitor:
    """A client of MQTT 5, whose broker says what it takes and what not."""

    def __init__(self, tls: ssl.SSLContext | None, user: tuple[str, str] | None, client: str) -> None:
        self.heard: list[str] = []
        self._answers: dict[int, str] = {}
        self._answered = threading.Condition()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client, protocol=MQTTProtocolVersion.MQTTv5
        )
        if tls is not None:
            self._client.tls_set_context(tls)  # pyright: ignore[reportUnknownMemberType]
        if user is not None:
            self._client.username_pw_set(*user)
        self._client.on_connect = lambda _c, _u, _f, reason, _p: self._note(-1, reason)
        self._client.on_publish = lambda _c, _u, number, reason, _p: self._note(number, reason)
        self._client.on_subscribe = lambda _c, _u, number, reasons, _p: self._note(number, *reasons)
        self._client.on_message = lambda _c, _u, message: self.heard.append(message.topic)

    def come(self, address: str, port: int) -> None:
        """Connects. Raises RefusedError with the broker's reason."""
        self._client.connect(address, port, keepalive=30)
        self._client.loop_start()
        reason = self._answer(-1)
        if reason != "Success":
            raise RefusedError(reason)

    def publish(self, topic: str, payload: bytes = b"") -> str:
        """The broker's answer to a message."""
        return self._answer(self._client.publish(topic, payload, qos=1).mid)

    def subscribe(self, *topics: str) -> None:
        """Asks to hear topics, and waits for the answer, which grants whatever is asked: what one may hear is
        judged message by message.
        """
        for topic in topics:
            _, number = self._client.subscribe(topic, qos=1)
            assert number is not None
            self._answer(number)

    def told(self) -> str:
        """The topics of what has come."""
        return f"hears {', '.join(sorted(set(self.heard))) or 'nothing'}"

    def await_all(self, topics: Collection[str], seconds: float) -> None:
        """Waits until something has come on each of these topics."""
        deadline = time.monotonic() + seconds
        while missing := set(topics) - set(self.heard):
            assert time.monotonic() < deadline, f"nothing came on {', '.join(sorted(missing))}"
            time.sleep(0.05)

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _note(self, number: int, *reasons: Any) -> None:
        with self._answered:
            self._answers[number] = ", ".join(map(str, reasons))
            self._answered.notify_all()

    def _answer(self, number: int) -> str:
        with self._answered:
            self._answered.wait_for(lambda: number in self._answers, ANSWER_S)
            return self._answers.pop(number, "no answer")


@contextlib.contextmanager
def visiting(
    address: str,
    port: int,
    tls: ssl.SSLContext | None = None,
    user: tuple[str, str] | None = None,
    client: str = "",
) -> Generator[Visitor]:
    """A visitor who has come in, and leaves at the end."""
    visitor = Visitor(tls, user, client)
    try:
        visitor.come(address, port)
        yield visitor
    finally:
        visitor.leave()
