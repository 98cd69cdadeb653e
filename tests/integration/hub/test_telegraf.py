"""The hub's collector: from the broker into the database, each value once, whatever is killed on the way."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import paho.mqtt.client as paho
import psycopg
import pytest

from aiotctl.backends.sql import Login
from aiotctl.catalog.brokers import nats
from aiotctl.catalog.collectors.telegraf import ENTRY as TELEGRAF
from aiotctl.catalog.databases.postgres_embedded import ENTRY as POSTGRES
from aiotctl.model.blueprint import ValueType
from aiotctl.model.primitives import Right
from aiotctl.toolbox.locate import locate

GATEWAY = "gateway.plant-a.gw-1"
RIGHTS = (
    Right("hub-writer", subscribe=("site/+/+",)),
    Right(GATEWAY, publish=("site/plant-a/gw-1",)),
)
PLATFORM = {
    "broker": ("nats", {}),
    "timeseries": ("postgres-embedded", {}),
    "collector": ("telegraf", {"flush": "200ms"}),
}
SERIES = {
    1: ValueType.FLOAT,
    2: ValueType.INTEGER,
    3: ValueType.DECIMAL,
    4: ValueType.TEXT,
    5: ValueType.BOOLEAN,
}


@pytest.fixture(scope="module")
def whole(hub, hub_context, lowered, make_series):
    """A hub whose three services run; its broker sends again after 3 s what was not acknowledged."""
    usual, nats.ACK_WAIT = nats.ACK_WAIT, "3s"
    yield from run(hub, hub_context, lowered, make_series)
    nats.ACK_WAIT = usual


def run(hub, hub_context, lowered, make_series):
    found = locate("telegraf")
    if not found:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "telegraf is not there: `aiotctl tools install telegraf` gets it"
        )
    context = hub_context(
        PLATFORM, RIGHTS, tuple(make_series(n, f"p{n}", kind) for n, kind in SERIES.items())
    )
    for entry in (nats.ENTRY, POSTGRES, TELEGRAF):
        contribution = lowered(entry, context)
        if entry is TELEGRAF:
            hub.outputs["program/telegraf#path"] = str(found.path)
            contribution = type(contribution)(files=contribution.files, services=contribution.services)
        hub.install(contribution)
    hub.start("nats")
    hub.start("postgres")
    schema = POSTGRES.schema(context)
    login = Login("127.0.0.1", hub.port("postgres", "sql"), hub.secrets["database/admin"])
    until(lambda: accepts(login))
    hub.apply(schema)
    hub.start("telegraf", wait=False)
    until(lambda: "Connected" in hub.log("telegraf"), 15)
    time.sleep(0.3)
    yield hub


def accepts(login: Login) -> bool:
    """Its port answers before the database does."""
    try:
        psycopg.connect(
            host=login.host, port=login.port, user="admin", password=login.password, dbname="postgres"
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def until(done: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done():
            return
        time.sleep(0.1)
    raise AssertionError("not in time")


@pytest.fixture
def gateway(whole: Any) -> Iterator[paho.Client]:
    made = paho.Client(paho.CallbackAPIVersion.VERSION2, "gateway:plant-a:gw-1:out", clean_session=False)
    made.username_pw_set(GATEWAY, whole.secrets[f"broker/{GATEWAY}"])
    made.reconnect_delay_set(1, 1)
    made.connect("127.0.0.1", whole.port("nats", "mqtt"))
    made.loop_start()
    until(made.is_connected, 5)
    yield made
    made.disconnect()
    made.loop_stop()


def send(client: paho.Client, *lines: str) -> None:
    client.publish("site/plant-a/gw-1", "\n".join(lines), 1).wait_for_publish(10)


def stored(hub: Any, series: int) -> list[Any]:
    login = {"host": "127.0.0.1", "port": hub.port("postgres", "sql"), "user": "reader", "dbname": "aiot"}
    with psycopg.connect(**login, password=hub.secrets["database/reader"]) as connection:
        query = (
            "SELECT coalesce(f::text, i::text, d::text, t, b::text), quality FROM aiot.value"
            " WHERE series = %s ORDER BY time"
        )
        return connection.execute(query, [series]).fetchall()


def test_each_type_and_quality_arrives(whole, gateway):
    now = time.time_ns()
    send(
        gateway,
        f"ingest,s=1 f=1.5,q=0i {now}",
        f"ingest,s=1 q=4i {now + 10**6}",
        f"ingest,s=2 i=9223372036854775807i,q=5i {now}",
        f'ingest,s=3 d="18446744073709551.615",q=0i {now}',
        f'ingest,s=4 t="say \\"hi\\" \\\\ é",q=0i {now}',
        f"ingest,s=5 b=true,q=1i {now}",
    )
    until(lambda: stored(whole, 5))
    assert stored(whole, 1) == [("1.5", 0), (None, 4)]
    assert stored(whole, 2) == [("9223372036854775807", 5)]
    assert stored(whole, 3) == [("18446744073709551.615", 0)]
    assert stored(whole, 4) == [('say "hi" \\ é', 0)]
    assert stored(whole, 5) == [("true", 1)]


@pytest.mark.parametrize("victim", ["postgres", "nats", "telegraf"])
def test_nothing_is_lost_or_doubled_when_a_service_is_killed(whole, gateway, victim):
    """SIGKILL to the whole process group while values come; what the broker acknowledged is stored once."""
    series = 2
    before = len(stored(whole, series))
    start = time.time_ns()
    sent = 0
    acknowledged: list[int] = []
    gateway.on_publish = lambda _c, _u, number, _r, _p: acknowledged.append(number)
    stop = threading.Event()

    def feed() -> None:
        nonlocal sent
        while not stop.wait(0.01):
            gateway.publish("site/plant-a/gw-1", f"ingest,s=2 i={sent}i,q=0i {start + sent * 10**6}", 1)
            sent += 1

    feeder = threading.Thread(target=feed)
    feeder.start()
    time.sleep(1.5)
    process = whole.running.pop(victim)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    time.sleep(1.5)
    whole.start(victim, wait=victim != "telegraf")
    until(lambda: accepts(whole.login()), 60)
    time.sleep(2)
    stop.set()
    feeder.join()
    until(lambda: len(acknowledged) >= sent)
    until(lambda: len(stored(whole, series)) - before >= sent, 150)
    time.sleep(1)
    assert len(stored(whole, series)) - before == sent > 200
