"""The database: made once, exactly-once storage, partitions, roles, views; and it survives being killed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import psycopg.rows
import pytest

from aiotctl.backends.schema import apply_schema, observe_schema
from aiotctl.backends.sql import Login
from aiotctl.catalog.databases.postgres_embedded import ENTRY
from aiotctl.model.blueprint import ValueType

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def series(make_series):
    return (
        make_series(1),
        make_series(2, "count", ValueType.INTEGER),
        make_series(3, "energy", ValueType.DECIMAL),
        make_series(4, "note", ValueType.TEXT),
        make_series(5, "open", ValueType.BOOLEAN),
        make_series(6, "state", ValueType.INTEGER, enum=((0, "stopped"), (1, 'it\'s \\ "running"'))),
        make_series(7, "pressure", pipeline="health", aggregate="mean"),
    )


@pytest.fixture(scope="module")
def schema(hub_context, series):
    return ENTRY.schema(hub_context({"timeseries": ("postgres-embedded", {})}, series=series))


@pytest.fixture(scope="module")
def login(hub, hub_context, lowered, schema) -> Login:
    hub.install(lowered(ENTRY, hub_context({"timeseries": ("postgres-embedded", {})})))
    hub.start("postgres")
    return hub.apply(schema)


@pytest.fixture
def connect(hub, login):
    """Connects as a role."""

    def to(role: str, **more: Any) -> psycopg.Connection[Any]:
        password = hub.secrets[f"database/{role}"]
        return psycopg.connect(
            host=login.host,
            port=login.port,
            user=role,
            password=password,
            dbname="aiot",
            autocommit=True,
            **more,
        )

    return to


def store(connect, *rows: tuple[Any, ...]) -> None:
    """Copies (time, s, f, i, d, t, b, q) rows in, as the hub's collector does."""
    with (
        connect("writer") as connection,
        connection.cursor().copy("COPY aiot.ingest (time, s, f, i, d, t, b, q) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row + (None,) * (8 - len(row)))


def stored(connect, series: int) -> list[tuple[Any, ...]]:
    with connect("reader") as connection:
        return connection.execute(
            "SELECT time, f, i, d, t, b, quality FROM aiot.value WHERE series = %s ORDER BY time", [series]
        ).fetchall()


def columns(connect, series: int) -> list[tuple[Any, ...]]:
    """(f, i, d, t, b, quality) in the order of time."""
    return [row[1:] for row in stored(connect, series)]


def test_a_second_apply_changes_nothing(schema, login, hub):
    assert observe_schema(schema, login, hub.secrets) == ()
    assert apply_schema(schema, login, hub.secrets) == ()


def test_a_value_is_stored_once_and_the_first_one_wins(connect):
    store(connect, (NOW, "1", 1.5), (NOW, "1", 1.5))
    store(connect, (NOW, "1", 3.5), (NOW + timedelta(seconds=1), "1", 4.5))
    assert [row[1] for row in stored(connect, 1)] == [1.5, 4.5]
    with connect("owner") as connection:
        assert connection.execute("SELECT count(*) FROM aiot.ingest").fetchone() == (0,)


def test_values_go_into_the_column_of_their_type_and_what_does_not_fit_is_marked(connect):
    at = [NOW + timedelta(seconds=k) for k in range(10)]
    none = None
    store(connect, (at[0], "2", none, 7), (at[1], "2", 7.0), (at[2], "2", 7.5), (at[3], "2", none, none, "8"))
    assert columns(connect, 2) == [
        (none, 7, none, none, none, 0),
        (none, 7, none, none, none, 0),
        (none, none, none, none, none, 6),
        (none, 8, none, none, none, 0),
    ]
    big = "18446744073709551615.5"
    store(
        connect,
        (at[0], "3", none, none, big),
        (at[1], "3", none, none, "1e9999999"),
        (at[2], "3", none, none, "x'"),
    )
    assert columns(connect, 3) == [
        (none, none, Decimal(big), none, none, 0),
        (none, none, none, none, none, 6),
        (none, none, none, none, none, 6),
    ]
    store(connect, (at[5], "1", float("nan")), (at[6], "1", float("inf")), (at[7], "1", none, 3))
    assert columns(connect, 1)[-3:] == [
        (none, none, none, none, none, 4),
        (none, none, none, none, none, 4),
        (3.0, none, none, none, none, 0),
    ]
    store(connect, (at[0], "5", none, none, none, none, True), (at[1], "5", none, 0), (at[2], "5", none, 2))
    assert columns(connect, 5) == [
        (none, none, none, none, True, 0),
        (none, none, none, none, False, 0),
        (none, none, none, none, none, 6),
    ]


@pytest.mark.parametrize(
    ("given", "kept"), [(0, 0), (1, 1), (5, 5), (3, 3), (None, 0), (16, 1), (-1, 1), (2**40, 1)]
)
def test_quality_is_kept_and_an_unknown_one_is_uncertain(connect, given, kept):
    at = NOW - timedelta(minutes=1 + (given or 0) % 40)
    with connect("owner") as connection:
        connection.execute("DELETE FROM aiot.value WHERE series = 6")
    store(connect, (at, "6", None, 1, None, None, None, given))
    assert [row[-1] for row in stored(connect, 6)] == [kept]


def test_unknown_series_are_counted_and_fail_nothing(connect):
    store(
        connect,
        (NOW, "77", 1.0),
        (NOW, "'; DROP TABLE", 1.0),
        (NOW, None, 1.0),
        (NOW, "9" * 30, 1.0),
        (NOW, "77", 2.0),
    )
    with connect("reader") as connection:
        found = dict(connection.execute("SELECT s, count FROM aiot.stray").fetchall())
    assert found == {"77": 2, "'; DROP TABLE": 1, "": 1, "9" * 30: 1}


def test_a_value_from_far_away_in_time_lands_in_the_default_partition_and_is_late(connect):
    store(
        connect,
        (NOW - timedelta(days=9000), "7", 1.0),
        (NOW + timedelta(days=9000), "7", 2.0),
        (NOW, "7", 3.0),
    )
    with connect("reader") as connection:
        rows = connection.execute(
            "SELECT f, quality, tableoid::regclass::text = 'aiot.value_default' FROM aiot.value"
            " WHERE series = 7 ORDER BY f"
        ).fetchall()
    assert rows == [(1.0, 16, True), (2.0, 16, True), (3.0, 0, False)]


def test_partitions_are_made_ahead_take_what_waited_and_leave_after_the_retention(connect):
    far = NOW + timedelta(days=60)
    store(connect, (far, "7", 9.0))
    with connect("owner") as connection, connection.transaction(force_rollback=True):

        def one(query: str, *values: Any) -> Any:
            return connection.execute(query, values).fetchone()[0]

        before = one("SELECT n FROM aiot.value WHERE series = 7 AND f = 9")
        assert one("SELECT aiot.make_partitions()") == 0
        assert one("SELECT aiot.make_partitions(%s)", far) == 60
        assert one("SELECT tableoid::regclass::text FROM aiot.value WHERE f = 9") != "aiot.value_default"
        assert one("SELECT n FROM aiot.value WHERE series = 7 AND f = 9") == before
        assert one("SELECT high FROM aiot.partition ORDER BY high DESC LIMIT 1") > far + timedelta(days=6)
        gaps = (
            "SELECT count(*) FROM (SELECT high, lead(low) OVER (ORDER BY low) AS next FROM aiot.partition) p"
        )
        assert one(f"{gaps} WHERE high <> next") == 0
        assert one("SELECT aiot.drop_partitions(%s)", NOW) == 0
        assert one("SELECT aiot.drop_partitions(%s)", NOW + timedelta(days=405)) == 7
        assert one("SELECT count(*) FROM aiot.value WHERE f = 9") == 1


def test_each_role_may_do_its_own_and_nothing_else(connect):
    for role, statement in (
        ("writer", "SELECT * FROM aiot.value"),
        ("writer", "DELETE FROM aiot.ingest"),
        ("writer", "INSERT INTO aiot.value (series, time, quality) VALUES (1, now(), 0)"),
        ("writer", "CREATE TABLE aiot.mine ()"),
        ("writer", "CREATE TABLE public.mine ()"),
        ("reader", "DELETE FROM aiot.value"),
        ("reader", "SELECT aiot.export_horizon()"),
        ("reader", "SELECT * FROM pg_authid"),
        ("exporter", "DELETE FROM aiot.value"),
        ("owner", "SELECT * FROM pg_authid"),
    ):
        with connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_nobody_comes_in_without_the_password(login, hub):
    for role, password in (("reader", "wrong"), ("admin", ""), ("nobody", "x")):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(
                host="127.0.0.1",
                port=login.port,
                user=role,
                password=password,
                dbname="aiot",
                connect_timeout=3,
            )


def test_the_view_of_a_device_type_has_a_row_a_time_and_a_column_a_point(connect):
    at = NOW + timedelta(minutes=1)
    store(
        connect,
        (at, "1", 21.5),
        (at, "6", None, 1),
        (at, "5", None, None, None, None, True),
        (at, "2", None, 4, None, None, None, 2),
    )
    with connect("reader") as connection:
        connection.row_factory = psycopg.rows.dict_row
        row = connection.execute("SELECT * FROM devices.hydraulic_press WHERE time = %s", [at]).fetchone()
        mean = connection.execute("SELECT * FROM pipelines.health WHERE quality = 0").fetchone()
    assert row == {
        "time": at,
        "site": "plant-a",
        "device": "press-1",
        "quality": 2,
        "pressure": 21.5,
        "count": None,
        "energy": None,
        "note": None,
        "open": True,
        "state": 'it\'s \\ "running"',
    }
    assert mean["pressure_mean"] == 3.0


def test_the_newest_value_of_each_series_can_be_seen(connect):
    with connect("reader") as connection:
        rows = connection.execute(
            "SELECT point, text FROM aiot.latest WHERE pipeline = '' ORDER BY series"
        ).fetchall()
    assert dict(rows)["state"] == "1"
    assert len(rows) == 6
