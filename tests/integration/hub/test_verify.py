"""Verify, asked of a real database and broker."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import paho.mqtt.client as mqtt
import psycopg
import pytest

from aiotctl.backends.sql import connect
from aiotctl.catalog.brokers.nats import ENTRY as NATS
from aiotctl.catalog.databases.postgres_embedded import ENTRY as POSTGRES
from aiotctl.model.primitives import Right, Route
from aiotctl.model.verification import Cause, Flow, Hop
from aiotctl.probes.flow.logs import tail
from aiotctl.probes.flow.sources import Database, Sources
from aiotctl.probes.verify import last_values, measure

PLATFORM = {"broker": ("nats", {}), "timeseries": ("postgres-embedded", {})}
RIGHTS = (
    Right("hub-writer", subscribe=("site/+/+",)),
    Right("gateway.plant-a.gw-1", publish=("site/plant-a/gw-1",)),
)


def route(series) -> Route:
    return Route(
        series=series.id,
        device=f"site/{series.site}/device/{series.device}",
        endpoint="",
        collector="host/plant-a/gw-1/service/telegraf",
        collector_input=f"{series.site}/{series.device}",
        device_client="",
        topic="site/plant-a/gw-1",
        broker="host/hub/service/nats",
        writer="host/hub/service/telegraf",
        database="host/hub/service/postgres",
        table="value",
    )


@pytest.fixture(scope="module")
def series(make_series):
    named = ["fresh", "silent", "never", "old", "ahead"]
    return tuple(make_series(k + 1, name, device=f"{name}-1") for k, name in enumerate(named))


@pytest.fixture(scope="module")
def sources(hub, hub_context, lowered, series):
    given = hub_context(PLATFORM, rights=RIGHTS, series=series)
    for entry in (NATS, POSTGRES):
        hub.install(lowered(entry, given))
    hub.start("postgres")
    hub.start("nats")
    login = hub.apply(POSTGRES.schema(given))
    with connect(login, "aiot") as connection:
        for number, age in ((1, 0), (2, 60), (4, 30 * 86400), (5, -86400), (99, 0)):
            at = datetime.now(UTC) - timedelta(seconds=age)
            connection.execute("INSERT INTO aiot.ingest (time, s, f) VALUES (%s, %s, 1)", [at, str(number)])
    log = hub.root / "gateway.log"
    time_now = datetime.now(UTC).isoformat()
    log.write_text(
        f'{{"time":"{time_now}","level":"ERROR","msg":"i/o timeout","alias":"plant-a/silent-1"}}\n'
    )
    return Sources(
        Database("127.0.0.1", login.port, hub.secrets["database/reader"]),
        f"127.0.0.1:{hub.port('nats', 'monitor')}",
        {"host/plant-a/gw-1/service/telegraf": lambda: tail(log)},
    )


def connected(hub, user: str) -> mqtt.Client:
    made = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=user.replace(".", ":"))
    made.username_pw_set(user, hub.secrets[f"broker/{user}"])
    made.connect("127.0.0.1", hub.port("nats", "mqtt"))
    made.loop_start()
    deadline = time.monotonic() + 5
    while not made.is_connected() and time.monotonic() < deadline:
        time.sleep(0.02)
    return made


def test_flows_are_told_apart_and_the_break_is_found_from_the_database_backwards(hub, sources, series):
    routes = [route(one) for one in series]
    report = measure(series, routes, sources)
    assert [v.flow for v in report.verdicts][1:] == [Flow.SILENT, Flow.NEVER, Flow.SILENT, Flow.CLOCK_AHEAD]
    assert report.verdicts[1].stop.hop is Hop.WRITER
    assert report.strays == 1

    writer = connected(hub, "hub-writer")
    stop = measure(series, routes, sources).verdicts[1].stop
    assert (stop.hop, stop.cause) == (Hop.COLLECTOR, Cause.NOT_CONNECTED)

    gateway = connected(hub, "gateway.plant-a.gw-1")
    stop = measure(series, routes, sources).verdicts[1].stop
    assert (stop.hop, stop.cause, stop.evidence) == (Hop.DEVICE, Cause.LOGGED_ERROR, "i/o timeout")

    hub.kill("nats")
    report = measure(series, routes, sources)
    assert report.broker
    assert report.verdicts[1].stop.hop is Hop.BROKER
    for client in (writer, gateway):
        client.loop_stop()


def test_status_knows_the_age_of_each_devices_last_value(sources, series):
    ages, _ = last_values(series, sources)
    assert set(ages) == {"plant-a/fresh-1", "plant-a/silent-1", "plant-a/old-1"}
    assert 60 <= ages["plant-a/silent-1"] < 120


def test_what_a_full_buffer_cost_is_told_once_per_gateway(hub, sources, series):
    tell = (
        "INSERT INTO aiot.told_buffer (time, gateway, dropped_messages, dropped_values, limit_bytes) "
        "VALUES (now(), %s, %s, %s, 4096)"
    )
    with psycopg.connect(
        host="127.0.0.1",
        port=sources.database.port,
        user="writer",
        password=hub.secrets["database/writer"],
        dbname="aiot",
        autocommit=True,
    ) as writer:
        for gateway, messages, values in (
            ("plant-a/gw-1", 0, 0),
            ("plant-a/gw-2", 1, 40),
            ("plant-a/gw-2", 3, 120),
            (None, 1, 1),
        ):
            writer.execute(tell, [gateway, messages, values])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            writer.execute("SELECT * FROM aiot.buffer")
    _, dropped = last_values(series, sources)
    assert [(one.gateway, one.messages, one.values, one.limit) for one in dropped] == [
        ("plant-a/gw-2", 3, 120, 4096)
    ]
    assert measure(series, [], sources).dropped[0].values == 120


def test_a_thousand_series_are_judged_in_a_moment(sources, make_series):
    many = [make_series(number) for number in range(1000)]
    started = time.perf_counter()
    report = measure(many, (), sources)
    assert time.perf_counter() - started < 3
    assert len(report.verdicts) == 1000


def test_a_database_that_is_away_is_said_once_for_all(hub, sources, series):
    hub.kill("postgres")
    report = measure(series, [route(one) for one in series], sources)
    assert report.database
    assert {v.flow for v in report.verdicts} == {Flow.UNKNOWN}
    assert {v.stop.hop for v in report.verdicts} == {Hop.DATABASE}
