"""Brings a database to what a Schema says: roles, migrations, series, settings, views. Idempotent; one
writer at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from aiotctl.backends import sql_access, sql_roles
from aiotctl.backends import sql_history as history
from aiotctl.backends import sql_series as series_rows
from aiotctl.backends.sql import Connection, Login, SchemaChange, connect, first_line, run, unreachable
from aiotctl.catalog.databases.postgres.quoting import identifier, literal
from aiotctl.errors import failure
from aiotctl.model.primitives import Schema

LOCK = 0x61696F74
"""Key of the advisory lock under which a schema is changed; the letters of "aiot"."""


VIEW_COMMENT = (
    "One row for each time and device, one column for each point; null where the quality is bad."
    " Ask for a span of time: WHERE time > now() - interval '1 hour'."
)
"""What psql shows with ``\\dv+``: without a span of time a view reads all there is."""


def observe_schema(schema: Schema, login: Login, secrets: Mapping[str, str]) -> tuple[SchemaChange, ...]:
    """What ``apply_schema`` would change; reads only. ``secrets`` maps the vault's names to passwords."""
    import psycopg

    try:
        with connect(login, schema.database) as connection:
            return tuple(_differences(connection, schema, secrets))
    except psycopg.OperationalError as problem:
        if _database_is_missing(problem, schema.database):
            return (SchemaChange("database", schema.database, "does not exist yet"),)
        raise unreachable(login, problem) from None


def apply_schema(schema: Schema, login: Login, secrets: Mapping[str, str]) -> tuple[SchemaChange, ...]:
    """Makes the database as the schema says and returns what was changed; nothing when it was so already."""
    import psycopg

    try:
        changes = [*_ensure_database(schema, login)]
        with connect(login, schema.database) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            changes += _differences(connection, schema, secrets)
            if changes:
                _change(connection, schema, secrets)
            return tuple(changes)
    except psycopg.errors.DependentObjectsStillExist as problem:
        raise failure(
            "schema-view-in-use",
            "A view that changes is used by an object that aiotctl does not own",
            f"database {schema.database}: {first_line(problem)}",
            "Drop or move the dependent object, then apply again.",
        ) from None
    except psycopg.OperationalError as problem:
        raise unreachable(login, problem) from None
    except psycopg.Error as problem:
        raise failure(
            "schema-failed",
            "The database refused a change of its schema",
            f"database {schema.database}: {first_line(problem)}",
            "Nothing of the failed step was kept. See the database's log, mend the cause and apply again.",
        ) from None


def _ensure_database(schema: Schema, login: Login) -> Iterator[SchemaChange]:
    with connect(login, "postgres") as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [schema.database]
        ).fetchone()
        if found is None:
            run(connection, f"CREATE DATABASE {identifier(schema.database)}")
            yield SchemaChange("database", schema.database, "created")


def _differences(
    connection: Connection, schema: Schema, secrets: Mapping[str, str]
) -> Iterator[SchemaChange]:
    yield from sql_roles.differences(connection, schema, secrets)
    done = history.done(connection)
    history.refuse_foreign(schema, done)
    for migration in schema.migrations:
        if migration.number not in done:
            yield SchemaChange("migration", f"{migration.number:04d} {migration.name}")
    applied = _applied(connection) if done else {}
    for what, name, digest in _digests(schema):
        if applied.get(name) != digest:
            yield SchemaChange(what, name)
    wanted = {f"view {name}" for name, _ in schema.views}
    for name in sorted(applied):
        if name.startswith("view ") and name not in wanted:
            yield SchemaChange("view", name, "removed")
    yield from sql_access.differences(connection, schema, secrets)


def _applied(connection: Connection) -> dict[str, str]:
    """Digests of what was last applied; a view that is gone counts as never applied."""
    rows = connection.execute(
        "SELECT name, digest FROM aiot.applied WHERE name NOT LIKE 'view %' OR EXISTS ("
        " SELECT FROM pg_views WHERE schemaname || '.' || viewname = substr(name, 6))"
    )
    return dict(rows.fetchall())


def _digests(schema: Schema) -> Iterator[tuple[str, str, str]]:
    """(what, name, digest) of everything that is compared as a whole."""
    yield "series", "series", _digest([series_rows.row(s) for s in schema.series])
    yield "settings", "settings", _digest(dict(schema.settings))
    for name, select in schema.views:
        yield "view", f"view {name}", _digest(select)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _change(connection: Connection, schema: Schema, secrets: Mapping[str, str]) -> None:
    sql_roles.ensure(connection, schema, secrets)
    history.migrate(connection, schema)
    applied = _applied(connection)
    with connection.transaction():
        run(connection, "SET LOCAL ROLE owner")
        digests = {name: digest for _, name, digest in _digests(schema)}
        if applied.get("settings") != digests["settings"]:
            _replace_settings(connection, schema.settings)
        if applied.get("series") != digests["series"]:
            series_rows.replace(connection, schema.series)
        _replace_views(connection, schema.views, applied, digests)
        connection.execute("DELETE FROM aiot.applied WHERE NOT name = ANY(%s)", [list(digests)])
        connection.cursor().executemany(
            "INSERT INTO aiot.applied (name, digest) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE"
            " SET digest = excluded.digest, applied = now() WHERE applied.digest <> excluded.digest",
            list(digests.items()),
        )
        connection.execute("SELECT aiot.make_partitions()")
    sql_access.ensure(connection, schema, secrets)


def _replace_settings(connection: Connection, settings: Mapping[str, str]) -> None:
    connection.execute("DELETE FROM aiot.setting")
    connection.cursor().executemany("INSERT INTO aiot.setting VALUES (%s, %s)", list(settings.items()))


def _replace_views(
    connection: Connection,
    views: Sequence[tuple[str, str]],
    applied: Mapping[str, str],
    digests: Mapping[str, str],
) -> None:
    for name in applied:
        if name.startswith("view ") and applied[name] != digests.get(name):
            run(connection, f"DROP VIEW IF EXISTS {_qualified(name.removeprefix('view '))}")
    for name, select in views:
        if applied.get(f"view {name}") != digests[f"view {name}"]:
            # A barrier: of a query on it, only what cannot tell of other rows is looked at early.
            run(connection, f"CREATE VIEW {_qualified(name)} WITH (security_barrier) AS\n{select}")
            run(connection, f"COMMENT ON VIEW {_qualified(name)} IS {literal(VIEW_COMMENT)}")


def _qualified(name: str) -> str:
    schema, _, view = name.partition(".")
    return f"{identifier(schema)}.{identifier(view)}"


def _database_is_missing(problem: Exception, database: str) -> bool:
    return f'database "{database}" does not exist' in str(problem)
