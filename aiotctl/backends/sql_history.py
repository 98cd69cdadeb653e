"""The history of a schema: which migrations a database has seen, each recognised by its checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from aiotctl.backends.sql import Connection, run
from aiotctl.errors import failure
from aiotctl.model.primitives import Migration, Schema


def done(connection: Connection) -> dict[int, str]:
    """Number and checksum of the migrations that ran."""
    if connection.execute("SELECT to_regclass('public.aiotctl_migration')").fetchone() == (None,):
        return {}
    return dict(connection.execute("SELECT number, checksum FROM public.aiotctl_migration").fetchall())


def refuse_foreign(schema: Schema, seen: Mapping[int, str]) -> None:
    """A schema newer than ours, or one whose past differs, is not ours to change."""
    known = {m.number: checksum(m) for m in schema.migrations}
    newer = sorted(number for number in seen if number not in known)
    if newer:
        raise failure(
            "schema-newer",
            "The database was made by a newer aiotctl",
            f"database {schema.database} has migration {newer[-1]:04d}; this version knows up to "
            f"{max(known, default=0):04d}.",
            "Use the version of aiotctl that applied it, or a later one.",
        )
    for number, digest in sorted(seen.items()):
        if known[number] != digest:
            raise failure(
                "schema-history",
                "The database was made by another history of migrations",
                f"database {schema.database}: migration {number:04d} was not the one this version knows.",
                "Use the version that applied it, or destroy and apply anew where the data may go.",
            )


def checksum(migration: Migration) -> str:
    """What a migration is recognised by later."""
    return hashlib.sha256(migration.sql.encode()).hexdigest()


def migrate(connection: Connection, schema: Schema) -> None:
    """Each missing migration in a transaction of its own, recorded in the same."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS public.aiotctl_migration (number integer PRIMARY KEY, name text NOT NULL,"
        " checksum text NOT NULL, applied timestamptz NOT NULL DEFAULT now())"
    )
    seen = done(connection)
    for migration in schema.migrations:
        if migration.number in seen:
            continue
        with connection.transaction():
            run(connection, "SET LOCAL ROLE owner")
            run(connection, migration.sql)
            run(connection, "RESET ROLE")
            connection.execute(
                "INSERT INTO public.aiotctl_migration (number, name, checksum) VALUES (%s, %s, %s)",
                [migration.number, migration.name, checksum(migration)],
            )
