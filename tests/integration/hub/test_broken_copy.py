"""The hub's way into the database broken in the midst of a batch, many times, while values come fast.

Three ways to break it: the server ends the session that copies, the process of that session is killed (all
sessions end and the server recovers), and the connection is cut between two bytes of a batch. In each, what
the broker acknowledged is stored, and once.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import paho.mqtt.client as paho
import psycopg
import pytest

from aiotctl.backends.sql import connect
from aiotctl.catalog.brokers import nats
from aiotctl.catalog.collectors.telegraf import ENTRY as TELEGRAF
from aiotctl.catalog.databases.postgres_embedded import ENTRY as POSTGRES
from aiotctl.errors import AiotctlError
from aiotctl.model import names
from aiotctl.model.blueprint import ValueType
from aiotctl.model.primitives import Right

GATEWAY = "gateway.plant-a.gw-1"
RIGHTS = (Right(names.WRITER, subscribe=("site/+/+",)), Right(GATEWAY, publish=("site/plant-a/gw-1",)))
PLATFORM = {
    "broker": ("nats", {}),
    "timeseries": ("postgres-embedded", {}),
    "collector": ("telegraf", {"flush": "200ms"}),
}
IN_MESSAGE = 200
"""Values in a message, as a gateway batches them."""
PAUSE_S = 0.02
ADDRESS = f"{names.DATABASE}#sql.address"
COPYING = (
    "SELECT pid FROM pg_stat_activity WHERE usename = 'writer' AND state = 'active' AND query ~* '^copy'"
)
SEEN = "SELECT count(*), count(DISTINCT i) FROM aiot.value WHERE series = 1 AND i >= %s"
SOAK = pytest.mark.skipif("AIOTCTL_SOAK" not in os.environ, reason="takes minutes: `make soak` runs it")


class Cutter:
    """A relay before the database. Once armed, it resets the next connection that carries a batch, somewhere
    within it.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.armed = threading.Event()
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except OSError:
                    client.close()
                    continue
                threading.Thread(target=self._carry, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client, False), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, batches: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if batches and len(data) > 4096 and self.armed.is_set():
                    self.armed.clear()
                    self.cuts += 1
                    sink.sendall(data[: random.randrange(len(data))])
                    _reset(source)
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # wakes the thread that carries the other way
            end.close()


def _reset(end: socket.socket) -> None:
    """The other side sees the connection broken, not ended."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


class Feed:
    """A gateway that sends counts, numbered on from what was sent before."""

    def __init__(self, hub) -> None:
        self.sent = 0
        self._acknowledged = 0
        self._client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, "gateway:plant-a:gw-1", clean_session=False
        )
        self._client.username_pw_set(GATEWAY, hub.secrets[f"broker/{GATEWAY}"])
        self._client.on_publish = self._acknowledge
        self._client.connect("127.0.0.1", hub.port("nats", "mqtt"))
        self._client.loop_start()
        self._began = time.time_ns() // 1000 * 1000
        self._messages = 0

    def during(self, seconds: float, each: Callable[[], None]) -> None:
        """Sends for so long; ``each`` is done over and over beside it."""
        stop = threading.Event()
        beside = threading.Thread(target=lambda: _repeat(each, stop))
        beside.start()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self._send()
            time.sleep(PAUSE_S)
        stop.set()
        beside.join()
        until(lambda: self._acknowledged == self._messages, 60)

    def _send(self) -> None:
        numbers = range(self.sent, self.sent + IN_MESSAGE)
        lines = [f"ingest,s=1 i={n}i,q=0i {self._began + n * 1000}" for n in numbers]
        self._client.publish("site/plant-a/gw-1", "\n".join(lines), 1)
        self.sent += IN_MESSAGE
        self._messages += 1

    def _acknowledge(self, *_: object) -> None:
        self._acknowledged += 1


def _repeat(each: Callable[[], None], stop: threading.Event) -> None:
    while not stop.is_set():
        each()
        stop.wait(0.002)


def until(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(0.1)
    return False


class Broken:
    """A hub, the relay before its database, and ways to break what copies."""

    def __init__(self, hub, cutter: Cutter) -> None:
        self.hub, self.cutter, self.feed = hub, cutter, Feed(hub)
        self.breaks = 0
        self._connection: psycopg.Connection | None = None

    def terminate(self) -> None:
        for pid in self._copying():
            self._ask("SELECT pg_terminate_backend(%s)", pid)
            self.breaks += 1
            time.sleep(0.2)

    def kill(self) -> None:
        for pid in self._copying():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.breaks += 1
            time.sleep(2)  # the server recovers

    def cut(self) -> None:
        self.cutter.armed.set()
        time.sleep(0.3)
        self.breaks, self.cutter.cuts = self.breaks + self.cutter.cuts, 0

    def seen(self, first: int) -> tuple[int, ...]:
        """How many counts from ``first`` on are stored, how many of them are different ones."""
        rows = self._ask(SEEN, first)
        return rows[0] if rows else (0, 0)

    def _copying(self) -> list[int]:
        return [pid for (pid,) in self._ask(COPYING)]

    def _ask(self, text: str, *values: object) -> list[tuple[int, ...]]:
        """Rows, as the superuser; none while the server is away."""
        try:
            if self._connection is None:
                self._connection = connect(self.hub.login("admin"), "aiot")
                self._connection.autocommit = True
            return self._connection.execute(text, values or None).fetchall()
        except (psycopg.Error, AiotctlError):
            self._connection = None
            return []


@pytest.fixture(scope="module")
def broken(hub, hub_context, lowered, make_series) -> Iterator[Broken]:
    usual, nats.ACK_WAIT = nats.ACK_WAIT, "3s"
    given = hub_context(PLATFORM, RIGHTS, (make_series(1, "count", ValueType.INTEGER),))
    hub.spice = ""  # Telegraf's database URL takes the passwords as the vault makes them
    for entry in (nats.ENTRY, POSTGRES):
        hub.install(lowered(entry, given))
    hub.start("postgres")
    hub.start("nats")
    hub.apply(POSTGRES.schema(given))
    cutter = Cutter(hub.port("postgres", "sql"))
    direct, hub.outputs[ADDRESS] = hub.outputs[ADDRESS], f"127.0.0.1:{cutter.port}"
    hub.install(lowered(TELEGRAF, given))
    hub.outputs[ADDRESS] = direct
    hub.start("telegraf", wait=False)
    assert until(lambda: "Connected" in hub.log("telegraf"), 20)
    yield Broken(hub, cutter)
    cutter.close()
    nats.ACK_WAIT = usual


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seconds", [8, pytest.param(120, marks=[SOAK, pytest.mark.soak])])
@pytest.mark.parametrize("way", ["terminate", "kill", "cut"])
def test_a_batch_broken_in_its_midst_is_stored_once(broken: Broken, way: str, seconds: float) -> None:
    first, broken.breaks = broken.feed.sent, 0
    broken.feed.during(seconds, getattr(broken, way))
    sent = broken.feed.sent - first
    until(lambda: broken.seen(first)[1] == sent, 90)
    stored, different = broken.seen(first)
    lost, doubled = sent - different, stored - different
    print(f"{way}: {broken.breaks} breaks, sent {sent} stored {stored} lost {lost} doubled {doubled}")
    assert (lost, doubled) == (0, 0)
    assert broken.breaks >= 2
