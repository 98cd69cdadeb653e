"""Brings a database to what a Schema says: roles, migrations, series, settings, views. Idempotent; one writer at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, LiteralString

from aiotctl.backends import sql_roles
from aiotctl.backends.sql import Connection, Login, SchemaChange, connect, first_line, run, unreachable
from aiotctl.catalog.databases.postgres.quoting import identifier
from aiotctl.errors import failure
from aiotctl.model.primitives import Migration, Schema, Series

LOCK = 0x61696F74
"""Key of the advisory lock under which a schema is changed; the letters of "aiot"."""


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
            run(connection, f"REVOKE ALL ON DATABASE {identifier(schema.database)} FROM PUBLIC")
            yield SchemaChange("database", schema.database, "created")


def _differences(
    connection: Connection, schema: Schema, secrets: Mapping[str, str]
) -> Iterator[SchemaChange]:
    yield from sql_roles.differences(connection, schema, secrets)
    done = _done_migrations(connection)
    _refuse_foreign_history(schema, done)
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


def _done_migrations(connection: Connection) -> dict[int, str]:
    """Number and checksum of the migrations that ran."""
    if connection.execute("SELECT to_regclass('public.aiotctl_migration')").fetchone() == (None,):
        return {}
    return dict(connection.execute("SELECT number, checksum FROM public.aiotctl_migration").fetchall())


def _applied(connection: Connection) -> dict[str, str]:
    """Digests of what was last applied; a view that is gone counts as never applied."""
    rows = connection.execute(
        "SELECT name, digest FROM aiot.applied WHERE name NOT LIKE 'view %' OR EXISTS ("
        " SELECT FROM pg_views WHERE schemaname || '.' || viewname = substr(name, 6))"
    )
    return dict(rows.fetchall())


def _refuse_foreign_history(schema: Schema, done: Mapping[int, str]) -> None:
    """A schema newer than ours, or one whose past differs, is not ours to change."""
    known = {m.number: checksum(m) for m in schema.migrations}
    newer = sorted(number for number in done if number not in known)
    if newer:
        raise failure(
            "schema-newer",
            "The database was made by a newer aiotctl",
            f"database {schema.database} has migration {newer[-1]:04d}; this version knows up to "
            f"{max(known, default=0):04d}.",
            "Use the version of aiotctl that applied it, or a later one.",
        )
    for number, digest in sorted(done.items()):
        if known[number] != digest:
            raise failure(
                "schema-history",
                "The database was made by another history of migrations",
                f"database {schema.database}: migration {number:04d} was not the one this version knows.",
                "Use the version of aiotctl that applied it, or destroy and apply anew where the data may go.",
            )


def checksum(migration: Migration) -> str:
    """What a migration is recognised by later."""
    return hashlib.sha256(migration.sql.encode()).hexdigest()


def _digests(schema: Schema) -> Iterator[tuple[str, str, str]]:
    """(what, name, digest) of everything that is compared as a whole."""
    yield "series", "series", _digest([_row(s) for s in schema.series])
    yield "settings", "settings", _digest(dict(schema.settings))
    for name, select in schema.views:
        yield "view", f"view {name}", _digest(select)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _row(series: Series) -> tuple[Any, ...]:
    low, high = series.range or (None, None)
    return (
        series.id,
        series.address,
        series.site,
        series.gateway,
        series.device,
        series.device_type,
        series.point,
        series.pipeline,
        series.aggregate,
        str(series.type),
        series.unit,
        low,
        high,
        series.silence_ms,
        json.dumps({str(raw): text for raw, text in series.enum}),
        series.lake,
    )


def _change(connection: Connection, schema: Schema, secrets: Mapping[str, str]) -> None:
    sql_roles.ensure(connection, schema, secrets)
    _migrate(connection, schema)
    applied = _applied(connection)
    with connection.transaction():
        run(connection, "SET LOCAL ROLE owner")
        digests = {name: digest for _, name, digest in _digests(schema)}
        if applied.get("settings") != digests["settings"]:
            _replace_settings(connection, schema.settings)
        if applied.get("series") != digests["series"]:
            _replace_series(connection, schema.series)
        _replace_views(connection, schema.views, applied, digests)
        connection.execute("DELETE FROM aiot.applied WHERE NOT name = ANY(%s)", [list(digests)])
        connection.cursor().executemany(
            "INSERT INTO aiot.applied (name, digest) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE"
            " SET digest = excluded.digest, applied = now() WHERE applied.digest <> excluded.digest",
            list(digests.items()),
        )
        connection.execute("SELECT aiot.make_partitions()")


def _migrate(connection: Connection, schema: Schema) -> None:
    """Each missing migration in a transaction of its own, recorded in the same."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS public.aiotctl_migration (number integer PRIMARY KEY, name text NOT NULL,"
        " checksum text NOT NULL, applied timestamptz NOT NULL DEFAULT now())"
    )
    done = _done_migrations(connection)
    for migration in schema.migrations:
        if migration.number in done:
            continue
        with connection.transaction():
            run(connection, "SET LOCAL ROLE owner")
            run(connection, migration.sql)
            run(connection, "RESET ROLE")
            connection.execute(
                "INSERT INTO public.aiotctl_migration (number, name, checksum) VALUES (%s, %s, %s)",
                [migration.number, migration.name, checksum(migration)],
            )


def _replace_settings(connection: Connection, settings: Mapping[str, str]) -> None:
    connection.execute("DELETE FROM aiot.setting")
    connection.cursor().executemany("INSERT INTO aiot.setting VALUES (%s, %s)", list(settings.items()))


_SERIES_COLUMNS: LiteralString = (
    "id, address, site, gateway, device, device_type, point, pipeline, aggregate, type, unit, low, high,"
    " silence_ms, enum, lake"
)


def _replace_series(connection: Connection, series: Sequence[Series]) -> None:
    """Adds and updates; what is no longer wanted becomes inactive and keeps its values."""
    connection.execute(
        "CREATE TEMP TABLE wanted ON COMMIT DROP AS SELECT "
        + _SERIES_COLUMNS
        + " FROM aiot.series WITH NO DATA"
    )
    with connection.cursor().copy("COPY wanted (" + _SERIES_COLUMNS + ") FROM STDIN") as copy:
        for one in series:
            copy.write_row(_row(one))
    connection.execute(
        "UPDATE aiot.series SET active = false WHERE active AND NOT EXISTS"
        " (SELECT FROM wanted WHERE wanted.id = series.id)"
    )
    connection.execute(
        "INSERT INTO aiot.series (" + _SERIES_COLUMNS + ") SELECT " + _SERIES_COLUMNS + " FROM wanted"
        " ON CONFLICT (id) DO UPDATE SET address = excluded.address, site = excluded.site, gateway = excluded.gateway,"
        " device = excluded.device, device_type = excluded.device_type, point = excluded.point,"
        " pipeline = excluded.pipeline, aggregate = excluded.aggregate, unit = excluded.unit, low = excluded.low,"
        " high = excluded.high, silence_ms = excluded.silence_ms, enum = excluded.enum, lake = excluded.lake,"
        " active = true, last_applied = now()"
    )
    connection.execute("ANALYZE aiot.series")


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
            run(connection, f"CREATE VIEW {_qualified(name)} AS\n{select}")


def _qualified(name: str) -> str:
    schema, _, view = name.partition(".")
    return f"{identifier(schema)}.{identifier(view)}"


def _database_is_missing(problem: Exception, database: str) -> bool:
    return f'database "{database}" does not exist' in str(problem)
