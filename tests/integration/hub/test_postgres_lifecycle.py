"""The cluster survives kills and reboots, and the schema follows the blueprint without losing history."""

from __future__ import annotations

import dataclasses
import os
import time

import psycopg
import pytest

from aiotctl.backends.schema import apply_schema, observe_schema
from aiotctl.backends.sql import connect
from aiotctl.catalog.databases.postgres_embedded import ENTRY
from aiotctl.errors import AiotctlError
from aiotctl.model.primitives import Migration

PLATFORM = {"timeseries": ("postgres-embedded", {})}
HOSTILE = "x\"; DROP SCHEMA aiot CASCADE; --'\\"


@pytest.fixture(scope="module")
def cluster(hub, hub_context, lowered):
    """A server whose first start was killed in the middle of making the cluster."""
    hub.install(lowered(ENTRY, hub_context(PLATFORM)))
    hub.start("postgres", wait=False)
    data = hub.root / "data/postgres"
    while not (data / "cluster.new").exists():
        time.sleep(0.005)
    os.killpg(hub.running["postgres"].pid, 9)
    hub.running.pop("postgres").wait()
    assert not (data / "cluster").exists()
    hub.start("postgres")
    return hub


def schema_of(hub, hub_context, series):
    schema = ENTRY.schema(hub_context(PLATFORM, series=tuple(series)))
    for _, secret in schema.roles:
        hub.bound((secret,))
    hub.secrets.setdefault(schema.logins.name, "{}")
    return schema


def ask(hub, query: str, *values):
    with connect(hub.login(), "aiot") as connection:
        return connection.execute(query, values).fetchall()


def test_it_comes_up_after_a_kill_and_after_a_reboot_that_reused_its_process_number(cluster, hub_context):
    schema = schema_of(cluster, hub_context, ())
    apply_schema(schema, cluster.login(), cluster.secrets)
    cluster.kill("postgres")
    pidfile = cluster.root / "data/postgres/cluster/postmaster.pid"
    lines = pidfile.read_text().splitlines()
    pidfile.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    cluster.start("postgres")
    assert observe_schema(schema, cluster.login(), cluster.secrets) == ()


def test_a_second_server_on_the_same_data_is_refused_while_the_first_lives(cluster):
    before = (cluster.root / "data/postgres/cluster/postmaster.pid").read_text()
    script = cluster.root / "postgres/start.sh"
    second = script.with_name("second.sh")
    second.write_text(script.read_text().replace("flock -w 30", "flock -w 0.2"))
    assert os.waitstatus_to_exitcode(os.system(f"sh {second} 2>/dev/null")) == 1
    assert (cluster.root / "data/postgres/cluster/postmaster.pid").read_text() == before


def test_series_come_move_and_go_and_their_values_stay(cluster, hub_context, make_series):
    kept, gone = make_series(1), make_series(2, "energy")
    apply_schema(schema_of(cluster, hub_context, [kept, gone]), cluster.login(), cluster.secrets)
    ask(cluster, "INSERT INTO aiot.ingest (time, s, f) VALUES (now(), '1', 1), (now(), '2', 2) RETURNING 1")
    moved = dataclasses.replace(
        kept, address="site/plant-b/device/press-9/point/pressure", site="plant-b", device="press-9"
    )
    changed = schema_of(cluster, hub_context, [moved])
    changes = apply_schema(changed, cluster.login(), cluster.secrets)
    assert {c.what for c in changes} == {"series", "view"}
    rows = ask(cluster, "SELECT id, device, active FROM aiot.series ORDER BY id")
    assert rows == [(1, "press-9", True), (2, "press-1", False)]
    assert ask(cluster, "SELECT count(*) FROM aiot.value") == [(2,)]
    assert ask(cluster, "SELECT site, device, pressure FROM devices.hydraulic_press WHERE pressure = 1") == [
        ("plant-b", "press-9", 1.0)
    ]


def test_a_view_that_was_dropped_by_hand_is_drift_and_comes_back(cluster, hub_context, make_series):
    schema = schema_of(cluster, hub_context, [make_series(1)])
    apply_schema(schema, cluster.login(), cluster.secrets)
    with connect(cluster.login(), "aiot") as connection:
        connection.execute("DROP VIEW devices.hydraulic_press")
    assert [c.what for c in observe_schema(schema, cluster.login(), cluster.secrets)] == ["view"]
    apply_schema(schema, cluster.login(), cluster.secrets)
    assert observe_schema(schema, cluster.login(), cluster.secrets) == ()


def test_hostile_names_stay_names(cluster, hub_context, make_series):
    bad = make_series(
        9,
        HOSTILE,
        device=HOSTILE,
        site=HOSTILE,
        device_type=HOSTILE,
        address=HOSTILE,
        enum=((0, HOSTILE),),
        unit=HOSTILE,
    )
    long = [make_series(10 + k, "ü" * 40 + str(k), device_type="l" * 80) for k in range(2)]
    clash = [make_series(20, "time", device_type="a-b"), make_series(21, "p", device_type="a_b")]
    schema = schema_of(cluster, hub_context, [bad, *long, *clash])
    apply_schema(schema, cluster.login(), cluster.secrets)
    assert observe_schema(schema, cluster.login(), cluster.secrets) == ()
    assert ask(cluster, "SELECT device FROM aiot.series WHERE id = 9") == [(HOSTILE,)]
    names = {name for (name,) in ask(cluster, "SELECT viewname FROM pg_views WHERE schemaname = 'devices'")}
    assert HOSTILE.replace("-", "_") in names
    assert {"a_b", "a_b_2"} < names
    assert ask(cluster, "SELECT count(*) FROM devices.a_b") == [(0,)]


def test_a_password_that_changed_is_set_anew(cluster, hub_context):
    schema = schema_of(cluster, hub_context, ())
    apply_schema(schema, cluster.login(), cluster.secrets)
    cluster.secrets["database/reader"] = "another"
    assert [(c.what, c.name) for c in apply_schema(schema, cluster.login(), cluster.secrets)] == [
        ("role", "reader")
    ]
    with connect(cluster.login("reader"), "aiot") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("code", ["schema-newer", "schema-history"])
def test_a_database_of_another_version_is_refused_and_left_alone(cluster, hub_context, code):
    schema = schema_of(cluster, hub_context, ())
    apply_schema(schema, cluster.login(), cluster.secrets)
    if code == "schema-newer":
        other = dataclasses.replace(schema, migrations=schema.migrations[:-1])
    else:
        last = schema.migrations[-1]
        changed = Migration(last.number, last.name, last.sql + "\nSELECT 1;")
        other = dataclasses.replace(schema, migrations=(*schema.migrations[:-1], changed))
    with pytest.raises(AiotctlError) as error:
        apply_schema(other, cluster.login(), cluster.secrets)
    assert error.value.diagnostics[0].code == code


def test_a_migration_that_fails_leaves_nothing_behind(cluster, hub_context):
    schema = schema_of(cluster, hub_context, ())
    apply_schema(schema, cluster.login(), cluster.secrets)
    broken = Migration(9999, "broken", "CREATE TABLE aiot.half (); SELECT 1/0;")
    with pytest.raises(AiotctlError) as error:
        apply_schema(
            dataclasses.replace(schema, migrations=(*schema.migrations, broken)),
            cluster.login(),
            cluster.secrets,
        )
    assert error.value.diagnostics[0].code == "schema-failed"
    assert ask(cluster, "SELECT to_regclass('aiot.half')") == [(None,)]


def test_a_server_that_is_away_or_refuses_us_is_told_plainly(cluster, hub_context):
    schema = schema_of(cluster, hub_context, ())
    for login in (
        dataclasses.replace(cluster.login(), port=1),
        dataclasses.replace(cluster.login(), password="no"),
    ):
        with pytest.raises(AiotctlError) as error:
            apply_schema(schema, login, cluster.secrets)
        assert error.value.diagnostics[0].code == "database-unreachable"
        assert cluster.login().password not in str(error.value)


def test_what_was_committed_before_a_kill_is_there_after_it(cluster, hub_context, make_series):
    apply_schema(schema_of(cluster, hub_context, [make_series(1)]), cluster.login(), cluster.secrets)
    committed = 0
    with pytest.raises(psycopg.OperationalError), connect(cluster.login(), "aiot") as connection:
        connection.execute("DELETE FROM aiot.value")
        for number in range(100_000):
            connection.execute(
                "INSERT INTO aiot.ingest (time, s, f) VALUES (now() + make_interval(secs => %s), '1', %s)",
                [number / 1000, float(number)],
            )
            committed = number + 1
            if number == 300:
                cluster.kill("postgres")
    cluster.start("postgres")
    (count,) = ask(cluster, "SELECT count(*) FROM aiot.value")[0]
    assert count in (committed, committed + 1)
