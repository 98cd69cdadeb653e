"""How a series' newest value is judged, and where a silent one is said to stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from aiotctl.model.blueprint import ValueType
from aiotctl.model.primitives import Route, Series
from aiotctl.model.verification import Cause, Flow, Hop, Newest
from aiotctl.probes.flow.broker import BrokerState
from aiotctl.probes.flow.hops import Surroundings, where
from aiotctl.probes.flow.judge import judge
from aiotctl.probes.flow.logs import recent_errors, tail

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BOUNDS = (Decimal(0), Decimal(400))
DEVICE = "site/a/device/press-1"
GATEWAY, WRITER = "gateway.a.gw-1", "hub-writer"


def series(silence_ms: int = 3000) -> Series:
    return Series(
        *(1, f"{DEVICE}/point/p", "a", "gw-1", "press-1", "press", "p", "", ""),
        *(ValueType.FLOAT, "bar", BOUNDS, silence_ms),
    )


def newest(age_s: float, text: str | None = "1", quality: int = 0) -> Newest:
    return Newest(NOW, age_s, text, quality)


@pytest.mark.parametrize(
    ("silence_ms", "value", "ahead", "flow"),
    [
        (3000, newest(0.4), None, Flow.FLOWING),
        (3000, newest(4.9), None, Flow.FLOWING),
        (3000, newest(5.1), None, Flow.STALE),
        (3000, newest(8.1), None, Flow.SILENT),
        (0, newest(86400), None, Flow.FLOWING),
        (0, None, None, Flow.NEVER),
        (3000, None, None, Flow.NEVER),
        (3000, None, newest(-900), Flow.CLOCK_AHEAD),
        (3000, newest(1, "401", 5), None, Flow.OUT_OF_RANGE),
        (3000, newest(1, "400.5", 0), None, Flow.OUT_OF_RANGE),
        (3000, newest(1, "400", 0), None, Flow.FLOWING),
        (3000, newest(1, None, 3), None, Flow.BAD_QUALITY),
        (3000, newest(1, "1", 1), None, Flow.BAD_QUALITY),
        (3000, newest(1, "1", 16), None, Flow.FLOWING),
        (3000, newest(1, None, 16 + 4), None, Flow.BAD_QUALITY),
    ],
)
def test_judgement(silence_ms, value, ahead, flow):
    assert judge(series(silence_ms), value, ahead) is flow


def test_only_behind_a_pipeline_may_there_be_no_value_yet():
    """A subscription begins with the value that is; a filter may let none through."""
    assert judge(replace(series(0), pipeline="health"), None, None) is Flow.QUIET


ROUTE = Route(
    series=1,
    device=DEVICE,
    endpoint="tcp://127.0.0.1:502",
    collector="host/a/gw-1/service/telegraf",
    collector_input="a/press-1",
    device_client="device.a.press-1",
    topic="site/a/gw-1",
    broker="host/hub/service/nats",
    writer="host/hub/service/telegraf",
    database="host/hub/service/postgres",
    table="value",
)
ALL = frozenset({GATEWAY, WRITER, "device.a.press-1"})
WELL = BrokerState(ALL, 0)


def around(broker=WELL, error="", logs=None, flowing=()) -> Surroundings:
    told = logs or {}
    return Surroundings(broker, error, lambda collector: told.get(collector, {}), frozenset(flowing))


@pytest.mark.parametrize(
    ("surroundings", "hop", "cause", "evidence"),
    [
        (around(None, "connection refused"), Hop.BROKER, Cause.UNREACHABLE, "connection refused"),
        (around(BrokerState(ALL - {WRITER}, 0)), Hop.WRITER, Cause.NOT_CONNECTED, ""),
        (
            around(BrokerState(ALL - {WRITER}, 0), logs={ROUTE.writer: {"database": "no route"}}),
            *(Hop.WRITER, Cause.NOT_CONNECTED, "no route"),
        ),
        (around(BrokerState(ALL, 5000)), Hop.WRITER, Cause.BACKLOG, "5000"),
        (
            around(BrokerState(ALL - {GATEWAY}, 0), logs={ROUTE.collector: {"broker": "bad password"}}),
            *(Hop.COLLECTOR, Cause.NOT_CONNECTED, "bad password"),
        ),
        (
            around(logs={ROUTE.collector: {"a/press-1": "i/o timeout", "a/press-2": "other"}}),
            *(Hop.DEVICE, Cause.LOGGED_ERROR, "i/o timeout"),
        ),
        (
            around(logs={ROUTE.collector: {"a/press-1": "illegal address"}}, flowing=[DEVICE]),
            *(Hop.POINT, Cause.LOGGED_ERROR, "illegal address"),
        ),
        (
            around(logs={ROUTE.collector: {"a/press-1/q": "i/o timeout", "a/press-10/p": "another's"}}),
            *(Hop.DEVICE, Cause.LOGGED_ERROR, "i/o timeout"),
        ),
        (
            around(
                logs={ROUTE.collector: {"a/press-1/p": "illegal address", "a/press-1/q": "busy"}},
                flowing=[DEVICE],
            ),
            *(Hop.POINT, Cause.LOGGED_ERROR, "illegal address"),
        ),
        (
            around(logs={ROUTE.collector: {"a/press-1/r": "busy", "a/press-1/q": "busy"}}, flowing=[DEVICE]),
            *(Hop.POINT, Cause.NOTHING_COMES, ""),
        ),
        (around(flowing=[DEVICE]), Hop.POINT, Cause.NOTHING_COMES, ""),
        (around(BrokerState(ALL - {"device.a.press-1"}, 0)), Hop.DEVICE, Cause.NOT_CONNECTED, ""),
        (around(), Hop.DEVICE, Cause.NOTHING_COMES, ""),
        (around(None), Hop.DEVICE, Cause.NOTHING_COMES, ""),
    ],
)
def test_where_it_stops(surroundings, hop, cause, evidence):
    stop = where(series(), ROUTE, surroundings)
    assert (stop.hop, stop.cause, stop.evidence) == (hop, cause, evidence)


def test_only_recent_errors_of_a_plugin_count(tmp_path):
    log = tmp_path / "telegraf.log"
    entry = '{{"time":"{}","level":"{}","msg":"{}","alias":"{}"}}'
    lines = [
        "x" * 600_000,
        "plain text",
        "[]",
        entry.format((NOW - timedelta(hours=1)).isoformat(), "ERROR", "long ago", "a/press-1"),
        entry.format(NOW.isoformat(), "ERROR", "first", "a/press-2"),
        entry.format(NOW.isoformat().replace("+00:00", ".123456789Z"), "ERROR", "last", "a/press-2"),
        entry.format(NOW.isoformat(), "INFO", "fine", "a/press-3"),
        f'{{"time":"{NOW.isoformat()}","level":"ERROR","msg":"auth","category":"outputs","plugin":"postgresql"}}',
        entry.format(
            NOW.isoformat(),
            "ERROR",
            "[agent] Error writing to outputs.postgresql::database: not connected",
            "",
        ).replace(',"alias":""', ""),
        entry.format("never", "ERROR", "no time", "a/press-4"),
    ]
    log.write_text("\n".join(lines))
    assert recent_errors(tail(log), NOW + timedelta(seconds=1)) == {
        "a/press-2": "last",
        "outputs.postgresql": "auth",
        "database": "[agent] Error writing to outputs.postgresql::database: not connected",
    }
    assert recent_errors(tail(tmp_path / "absent.log"), NOW) == {}
