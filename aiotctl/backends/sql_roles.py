"""Roles of a PostgreSQL cluster and their passwords, which are compared and set as SCRAM verifiers only."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping

from aiotctl.backends.sql import Connection, SchemaChange, run
from aiotctl.catalog.databases.postgres.quoting import identifier, literal
from aiotctl.model.primitives import Schema

TEMPORARY = ("owner", "reader")
"""Roles that may make temporary tables; the writer and the exporter need none."""


def differences(connection: Connection, schema: Schema, secrets: Mapping[str, str]) -> Iterator[SchemaChange]:
    """Roles that are missing or have another password."""
    verifiers = _verifiers(connection, schema)
    for role, secret in schema.roles:
        if role not in verifiers:
            yield SchemaChange("role", role, "created")
        elif not fits(secrets[secret.name], verifiers[role]):
            yield SchemaChange("role", role, "new password")


def ensure(connection: Connection, schema: Schema, secrets: Mapping[str, str]) -> None:
    """Creates missing roles, sets passwords that differ, and lets the roles into the database."""
    verifiers = _verifiers(connection, schema)
    database = identifier(schema.database)
    with connection.transaction():
        run(connection, f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        for role, secret in schema.roles:
            password = secrets[secret.name]
            name = identifier(role)
            if role not in verifiers:
                run(connection, f"CREATE ROLE {name} LOGIN")
            if not fits(password, verifiers.get(role)):
                verifier = connection.pgconn.encrypt_password(
                    password.encode(), role.encode(), b"scram-sha-256"
                ).decode()
                run(connection, f"ALTER ROLE {name} PASSWORD {literal(verifier)}")
            run(connection, f"GRANT CONNECT ON DATABASE {database} TO {name}")
            verb, preposition = ("GRANT", "TO") if role in TEMPORARY else ("REVOKE", "FROM")
            run(connection, f"{verb} TEMPORARY ON DATABASE {database} {preposition} {name}")
        run(connection, f"GRANT CREATE ON DATABASE {database} TO owner")


def fits(password: str, verifier: str | None) -> bool:
    """Whether a stored SCRAM-SHA-256 verifier belongs to the password."""
    try:
        scheme, iterations_salt, keys = (verifier or "").split("$")
        iterations, salt = iterations_salt.split(":")
        stored = base64.b64decode(keys.split(":")[0])
    except ValueError:
        return False
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    client = hmac.digest(salted, b"Client Key", "sha256")
    return scheme == "SCRAM-SHA-256" and hmac.compare_digest(hashlib.sha256(client).digest(), stored)


def _verifiers(connection: Connection, schema: Schema) -> dict[str, str | None]:
    names = [role for role, _ in schema.roles]
    return dict(
        connection.execute(
            "SELECT rolname, rolpassword FROM pg_authid WHERE rolname = ANY(%s)", [names]
        ).fetchall()
    )
