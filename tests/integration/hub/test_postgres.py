"""The database: made once, exactly-once storage, partitions, roles, views; and it survives being killed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from aiotctl.backends.schema import Login, apply_schema, observe_schema
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
    for _, secret in schema.roles:
        hub.bound((secret,))
    found = Login("127.0.0.1", hub.port("postgres", "sql"), hub.secrets["database/admin"])
    apply_schema(schema, found, hub.secrets)
    return found


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


def test_a_second_apply_changes_nothing(schema, login, hub):
    assert observe_schema(schema, login, hub.secrets) == ()
    assert apply_schema(schema, login, hub.secrets) == ()


def test_a_value_is_stored_once_and_the_first_one_wins(connect):
    store(connect, (NOW, "1", 1.5), (NOW, "1", 1.5))
    store(connect, (NOW, "1", 3.5), (NOW + timedelta(seconds=1), "1", 4.5))
    assert [row[1] for row in stored(connect, 1)] == [1.5, 4.5]
    with connect("owner") as connection:
        assert connection.execute("SELECT count(*) FROM aiot.ingest").fetchone() == (0,)
