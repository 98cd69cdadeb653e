"""From broker to table with the real collector: any value, and each once through outages of a minute."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter

import paho.mqtt.client as mqtt
import pytest

from aiotctl.backends.sql import connect
from aiotctl.catalog.brokers.nats import ENTRY as NATS
from aiotctl.catalog.collectors.telegraf import ENTRY as TELEGRAF
from aiotctl.catalog.databases.postgres_embedded import ENTRY as POSTGRES
from aiotctl.model import names
from aiotctl.model.blueprint import ValueType
from aiotctl.model.primitives import Right

RIGHTS = (
    Right(names.WRITER, subscribe=("site/+/+",)),
    Right("gateway.plant-a.gw-1", publish=("site/plant-a/gw-1",)),
)
PLATFORM = {
    "broker": ("nats", {}),
    "timeseries": ("postgres-embedded", {}),
    "collector": ("telegraf", {}),
}


@pytest.fixture(scope="module")
def running(hub, hub_context, lowered, make_series):
    series = (make_series(1, "count", ValueType.INTEGER), make_series(2, "note", ValueType.TEXT))
    given = hub_context(PLATFORM, rights=RIGHTS, series=series)
    hub.spice = ""  # Telegraf's database URL takes the passwords as the vault makes them
    for entry in (NATS, POSTGRES, TELEGRAF):
        hub.install(lowered(entry, given))
    hub.start("postgres")
    hub.start("nats")
    hub.apply(POSTGRES.schema(given))
    hub.start("telegraf", wait=False)
    wait_until(lambda: "Connected" in hub.log("telegraf"))
    return hub


def wait_until(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


class Gateway:
    """Publishes a count at QoS 1, as a gateway's collector does: what was not acknowledged is sent again."""

    def __init__(self, hub, start: int = 0, quiet: bool = False) -> None:
        user = "gateway.plant-a.gw-1"
        self.sent = 0
        self._start = start
        self._acknowledged = 0
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="gw", clean_session=False)
        self._client.username_pw_set(user, hub.secrets[f"broker/{user}"])
        self._client.on_publish = self._acknowledge
        self._client.reconnect_delay_set(0.1, 0.5)
        self._client.connect("127.0.0.1", hub.port("nats", "mqtt"))
        self._client.loop_start()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        if quiet:
            self._stop.set()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        wait_until(lambda: self._acknowledged == self.sent)
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, lines: str) -> None:
        self.sent += 1
        self._client.publish("site/plant-a/gw-1", lines, qos=1)

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            self.publish(f"ingest,s=1 i={self._start + self.sent}i,q=0i {time.time_ns() // 1000 * 1000}")

    def _acknowledge(self, _client, _data, _mid, _code, _properties) -> None:
        self._acknowledged += 1


def query(hub, text: str, *values):
    with connect(hub.login("reader"), "aiot") as connection:
        return connection.execute(text, values).fetchall()


def stored(hub) -> Counter[int]:
    """The counts in the table, each with how often it is there."""
    return Counter(number for (number,) in query(hub, "SELECT i FROM aiot.value WHERE series = 1"))


@pytest.mark.soak
@pytest.mark.skipif("AIOTCTL_SOAK" not in os.environ, reason="takes minutes: `make soak` runs it")
@pytest.mark.parametrize("service", ["nats", "postgres", "telegraf"])
def test_nothing_is_lost_or_doubled_in_an_outage_of_a_minute(running, service):
    outage(running, service, 60)


def outage(running, service: str, seconds: float) -> None:
    """Kills the service while values come, starts it again later, and counts."""
    before = sum(stored(running).values())
    gateway = Gateway(running, start=before)
    time.sleep(0.7)
    running.kill(service)
    time.sleep(seconds)
    running.start(service, wait=service != "telegraf")
    time.sleep(0.7)
    gateway.stop()
    wait_until(lambda: len(stored(running)) >= before + gateway.sent, 60)
    assert gateway.sent > 50
    assert stored(running) == Counter(range(before + gateway.sent))


def test_a_batch_is_stored_whatever_its_values_hold(running):
    now = time.time_ns() // 1000 * 1000
    lines = [
        f"ingest,s=1 i=-9223372036854775808i,q=0i {now}",
        f"ingest,s=1 f=1e308,q=0i {now + 1000}",
        f"ingest,s=1 f=3,q=99i {now + 2000}",
        f'ingest,s=1 d="not a number",q=0i {now + 3000}',
        f'ingest,s=2 t="Ölstand \\"hoch\\", \\\\ $1 %s",q=1i {now}',
        f"ingest,s=2 f=1 {now + 1000}",
        f"ingest,s=2 q=3i {now + 2000}",
        f"ingest,s=nobody i=1i {now}",
        f"ingest,s=99999999999999999999 i=1i {now}",
        f"ingest,s=1,unknown=tag i=5i {now + 4000}",
    ]
    gateway = Gateway(running, quiet=True)
    gateway.publish("\n".join(lines))
    gateway.stop()
    seen = "SELECT i, t, quality FROM aiot.value WHERE time >= to_timestamp(%s) ORDER BY series, time"
    wait_until(lambda: len(query(running, seen, now / 1e9 - 0.0005)) >= 7)
    assert query(running, seen, now / 1e9 - 0.0005) == [
        (-9223372036854775808, None, 0),
        (None, None, 6),
        (3, None, 1),
        (None, None, 6),
        (None, 'Ölstand "hoch", \\ $1 %s', 1),
        (None, None, 6),
        (None, None, 3),
    ]
