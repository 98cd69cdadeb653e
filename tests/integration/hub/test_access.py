"""What each role may do in the database: every cell of the printed table is tried against a real server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from aiotctl.access import people, rights
from aiotctl.access.people import Wish
from aiotctl.backends.schema import apply_schema, observe_schema
from aiotctl.catalog.databases.postgres_embedded import ENTRY
from aiotctl.model.access import Kind
from aiotctl.model.blueprint import AccessRole, Pipeline
from aiotctl.stores import open_vault

SITES = ("plant-a", "plant-b")
PIPELINES = ("health", "night-shift")
NOW = int(time.time())
ACCESS = {
    "operator": AccessRole("operator", ("health",), ("plant-a",)),
    "data-scientist": AccessRole("data-scientist", ("raw", "health", "night-shift")),
    "visitor": AccessRole("visitor", ("raw",), ("plant-b",)),
    "two-sites": AccessRole("two-sites", ("night-shift",), SITES),
    "nobody": AccessRole("nobody", (), ()),  # what is left of a role whose sites are not in this environment
}
VIEWS = {"": "devices.hydraulic_press", "health": "pipelines.health", "night-shift": "pipelines.night_shift"}

ATTEMPTS = {
    rights.INSERT: "INSERT INTO aiot.ingest (time, s, f) VALUES (now(), '1', 1)",
    rights.CHANGE: "DELETE FROM aiot.value WHERE series = -1",
    rights.EXPORTS: "DELETE FROM aiot.export WHERE batch = -1",
    rights.DEFINE: "CREATE OR REPLACE VIEW devices.more AS SELECT 1",
    rights.ROLES: "CREATE ROLE another",
}
"""One statement for each row that is no reading."""


@pytest.fixture(scope="module")
def deployment(hub_context):
    made = hub_context({"timeseries": ("postgres-embedded", {})}).deployment
    pipelines = {name: Pipeline(name, ("hydraulic-press",), (), (), ("timeseries",)) for name in PIPELINES}
    return replace(made, access=ACCESS, pipelines=pipelines)


@pytest.fixture(scope="module")
def series(make_series):
    return tuple(
        make_series(
            10 * n + k,
            site=site,
            address=f"site/{site}/device/press-1/point/pressure/{pipeline}",
            pipeline=pipeline,
        )
        for n, site in enumerate(SITES, start=1)
        for k, pipeline in enumerate(("", *PIPELINES))
    )


@pytest.fixture(scope="module")
def schema(hub_context, series, deployment):
    context = hub_context({"timeseries": ("postgres-embedded", {})}, series=series)
    return ENTRY.schema(replace(context, deployment=deployment))


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    project = tmp_path_factory.mktemp("shop")
    return open_vault(project / ".aiotctl" / "laptop", project)


@pytest.fixture(scope="module")
def passwords(vault) -> dict[str, str]:
    """A person of each role, by the role."""
    wishes = {role: Wish(f"p-{role}", role, (Kind.DATABASE,), 90) for role in ACCESS}
    return {role: people.issue(vault, wish, NOW).password for role, wish in wishes.items()}


@pytest.fixture(scope="module")
def database(hub, hub_context, lowered, schema, vault, passwords):
    """A server with one value a series, and a person of each role."""
    hub.install(lowered(ENTRY, hub_context({"timeseries": ("postgres-embedded", {})})))
    hub.start("postgres")
    hub.secrets |= dict(vault.values(["access/logins"]))
    login = hub.apply(schema)
    with connect(hub, "writer", hub.secrets["database/writer"]) as connection:
        for one in schema.series:
            connection.execute("INSERT INTO aiot.ingest (time, s, f) VALUES (now(), %s, 1.5)", [str(one.id)])
    return login


def connect(hub, user: str, password: str, database: str = "aiot") -> psycopg.Connection[Any]:
    return psycopg.connect(
        host="127.0.0.1",
        port=hub.port("postgres", "sql"),
        user=user,
        password=password,
        dbname=database,
        autocommit=True,
    )


@pytest.fixture
def as_role(hub, database, passwords) -> Callable[[str], psycopg.Connection[Any]]:
    """A connection of somebody with a role, or of one of the platform's own."""

    def come_in(role: str) -> psycopg.Connection[Any]:
        if role in passwords:
            return connect(hub, f"person.p-{role}", passwords[role])
        return connect(hub, role, hub.secrets[f"database/{role}"])

    return come_in


def table():
    from aiotctl.model.blueprint import Environment
    from aiotctl.model.deployment import Deployment

    named = {name: Pipeline(name, (), (), (), ()) for name in PIPELINES}
    made = Deployment("t", "", Environment("laptop"), {}, {}, named, {}, {}, ACCESS)
    return rights.rights_table(made)


TABLE = table()
READINGS = {rights.RAW_VALUES: "", **{rights.reading_of(name): name for name in PIPELINES}}
DOING = [(what, role) for what in ATTEMPTS for role in TABLE.roles]
READING = [(what, role) for what in READINGS for role in TABLE.roles]


def test_every_row_is_tried():
    assert {what for what, _ in TABLE.rows} == {*ATTEMPTS, *READINGS, rights.LIVE}


@pytest.mark.parametrize(("what", "role"), DOING, ids=" / ".join)
def test_what_a_role_may_do(as_role, what, role):
    with as_role(role) as connection, connection.transaction(force_rollback=True):
        if TABLE.cell(what, role):
            connection.execute(ATTEMPTS[what])
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(ATTEMPTS[what])


@pytest.mark.parametrize(("what", "role"), READING, ids=" / ".join)
def test_what_a_role_may_read(as_role, what, role):
    cell = TABLE.cell(what, role)
    sites = [] if not cell else list(SITES) if cell == rights.ALL else cell.split(", ")
    pipeline = READINGS[what]
    with as_role(role) as connection:
        if role in rights.PLATFORM and role != "reader":  # these read the tables themselves
            query = "SELECT DISTINCT site FROM aiot.value JOIN aiot.series ON id = series WHERE pipeline = %s"
            statement, values = query, [pipeline]
        else:
            statement, values = f"SELECT site FROM {VIEWS[pipeline]} WHERE pressure = 1.5", []
        if not cell:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement, values)
        else:
            assert sorted(site for (site,) in connection.execute(statement, values)) == sites
    if role in ACCESS:
        with as_role(role) as connection:
            query = "SELECT site FROM aiot.latest WHERE pipeline = %s AND number IS NOT NULL"
            assert sorted(site for (site,) in connection.execute(query, [pipeline])) == sites
            query = "SELECT site FROM aiot.readable_series WHERE pipeline = %s"
            assert sorted(site for (site,) in connection.execute(query, [pipeline])) == sites


FORBIDDEN = {
    "the table of values": "SELECT FROM aiot.value LIMIT 1",
    "a partition": "SELECT FROM aiot.value_default LIMIT 1",
    "the table of series": "SELECT FROM aiot.series LIMIT 1",
    "who may see what": "SELECT FROM aiot.scope LIMIT 1",
    "widening one's own scope": "INSERT INTO aiot.scope VALUES ('role.visitor', '', '')",
    "another's password": "SELECT rolpassword FROM pg_authid",
    "another's role": "SET ROLE reader",
    "the superuser": "SET ROLE admin",
    "a role for oneself": 'GRANT reader TO "person.p-visitor"',
    "no end to one's login": "ALTER ROLE \"person.p-visitor\" VALID UNTIL 'infinity'",
    "a temporary table": "CREATE TEMPORARY TABLE x (a int)",
    "a table": "CREATE TABLE public.x (a int)",
    "a function of the platform": "SELECT aiot.seconds('retain')",
    "dropping partitions": "SELECT aiot.drop_partitions()",
    "a file of the server": "SELECT pg_read_file('PG_VERSION')",
    "a program on the server": "COPY (SELECT 1) TO PROGRAM 'true'",
    "a file written by the server": "COPY (SELECT 1) TO '/tmp/aiotctl-never'",
    "a setting of the server": "ALTER SYSTEM SET fsync = off",
    "ending others' sessions": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE usename = 'admin'",
    "an extension": "CREATE EXTENSION file_fdw",
    "the barrier off": "ALTER VIEW aiot.latest SET (security_barrier = false)",
}


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
@pytest.mark.parametrize("role", ["data-scientist", "visitor"])
def test_attempts_that_must_fail(as_role, hub, role, statement):
    with (
        connect(hub, "admin", hub.secrets["database/admin"]),
        as_role(role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_no_function_of_ones_own_sees_the_rows_of_others(as_role, hub, schema):
    """A function that tells what it was called with learns nothing of other sites: a view is a barrier."""
    with connect(hub, "admin", hub.secrets["database/admin"]) as connection:
        connection.execute(
            "CREATE OR REPLACE FUNCTION public.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS"
            " $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$"
        )
    told: list[str] = []
    with as_role("visitor") as connection:
        connection.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        connection.execute("SELECT FROM devices.hydraulic_press WHERE public.tell(site)")
        connection.execute("SELECT FROM aiot.latest WHERE public.tell(site)")
        connection.execute("SELECT FROM aiot.readable_series WHERE public.tell(site)")
    assert set(told) == {"saw plant-b"}


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_no_other_database_lets_them_in(hub, as_role, passwords, database):
    as_role("visitor").close()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(hub, "person.p-visitor", passwords["visitor"], database)


def test_a_role_is_no_login(hub, as_role):
    as_role("visitor").close()
    with pytest.raises(psycopg.OperationalError):
        connect(hub, "role.visitor", "")


def test_a_second_apply_changes_nothing(hub, database, schema):
    assert observe_schema(schema, database, hub.secrets) == ()
    assert apply_schema(schema, database, hub.secrets) == ()


DRIFT = {
    "a foreign login": "CREATE ROLE intruder LOGIN SUPERUSER PASSWORD 'x'",
    "a foreign member": 'GRANT reader TO "person.p-visitor"',
    "a right of a person": 'GRANT SELECT ON aiot.value TO "person.p-visitor"',
    "a right of a role": 'GRANT INSERT ON aiot.ingest TO "role.visitor"',
    "a right taken": 'REVOKE SELECT ON aiot.latest FROM "role.visitor"',
    "a scope": "INSERT INTO aiot.scope VALUES ('role.visitor', '', '')",
    "a password": "ALTER ROLE \"person.p-visitor\" PASSWORD 'mine'",
    "an end": "ALTER ROLE \"person.p-visitor\" VALID UNTIL 'infinity'",
    "a role gone": 'REVOKE ALL ON DATABASE aiot FROM "role.nobody"',
}


@pytest.mark.parametrize("statement", DRIFT.values(), ids=DRIFT)
def test_what_was_changed_by_hand_is_seen_and_put_right(hub, database, schema, statement):
    with connect(hub, "admin", hub.secrets["database/admin"]) as connection:
        connection.execute(statement)
    assert len(observe_schema(schema, database, hub.secrets)) == 1
    apply_schema(schema, database, hub.secrets)
    assert observe_schema(schema, database, hub.secrets) == ()
    with pytest.raises(psycopg.OperationalError):
        connect(hub, "intruder", "x")


def test_a_login_ends_and_one_that_is_revoked_is_gone_at_once(hub, database, schema, vault):
    given = people.issue(vault, Wish("eve", "visitor", (Kind.DATABASE,), 1), NOW)
    apply_schema(schema, database, {**hub.secrets, **vault.values(["access/logins"])})
    with connect(hub, "person.eve", given.password) as session:
        people.revoke(vault, "eve", NOW)
        changes = apply_schema(schema, database, {**hub.secrets, **vault.values(["access/logins"])})
        assert [(change.what, change.name) for change in changes] == [("login", "person.eve")]
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        connect(hub, "person.eve", given.password)
    long_ago = int((datetime.now(UTC) - timedelta(days=2)).timestamp())
    ended = people.issue(vault, Wish("eve", "visitor", (Kind.DATABASE,), 1), long_ago)
    apply_schema(schema, database, {**hub.secrets, **vault.values(["access/logins"])})
    with pytest.raises(psycopg.OperationalError):
        connect(hub, "person.eve", ended.password)
    people.revoke(vault, "eve", NOW)
    apply_schema(schema, database, {**hub.secrets, **vault.values(["access/logins"])})


def test_a_role_that_is_gone_takes_its_people_along(hub, database, schema, passwords):
    fewer = replace(schema, readers=tuple(one for one in schema.readers if one.name != "role.two-sites"))
    apply_schema(fewer, database, hub.secrets)
    with pytest.raises(psycopg.OperationalError):
        connect(hub, "person.p-two-sites", passwords["two-sites"])
    with connect(hub, "admin", hub.secrets["database/admin"]) as connection:
        query = "SELECT rolname FROM pg_roles WHERE rolname LIKE '%%two-sites'"
        assert connection.execute(query.replace("%%", "%")).fetchall() == []
    apply_schema(schema, database, hub.secrets)
    connect(hub, "person.p-two-sites", passwords["two-sites"]).close()


def test_a_password_is_nowhere_in_the_vault(vault, passwords):
    kept = json.dumps(dict(vault.kept("")))
    assert not [password for password in passwords.values() if password in kept]
