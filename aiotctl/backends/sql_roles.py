"""Roles of a PostgreSQL cluster and their passwords, which are compared and set as SCRAM verifiers only."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping

from aiotctl.backends import sql_passwords as passwords
from aiotctl.backends.sql import Connection, SchemaChange, run
from aiotctl.catalog.databases.postgres.quoting import identifier, literal
from aiotctl.model.primitives import Schema

TEMPORARY = ("owner", "reader")
"""Roles that may make temporary tables; the writer and the exporter need none."""


def differences(connection: Connection, schema: Schema, secrets: Mapping[str, str]) -> Iterator[SchemaChange]:
    """Roles that are missing or have another password."""
    known = passwords.kept(connection, schema, [role for role, _ in schema.roles])
    for role, secret in schema.roles:
        if role not in known:
            yield SchemaChange("role", role, "created")
        elif not _is_set(schema, secrets[secret.name], known[role]):
            yield SchemaChange("role", role, "new password")


def ensure(connection: Connection, schema: Schema, secrets: Mapping[str, str]) -> None:
    """Creates missing roles, sets passwords that differ, and lets the roles into the database."""
    known = passwords.kept(connection, schema, [role for role, _ in schema.roles])
    database = identifier(schema.database)
    with connection.transaction():
        run(connection, f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        for role, secret in schema.roles:
            password = secrets[secret.name]
            name = identifier(role)
            if role not in known:
                run(connection, f"CREATE ROLE {name} LOGIN")
                passwords.adopt(connection, schema, role)
            if not _is_set(schema, password, known.get(role)):
                verifier = connection.pgconn.encrypt_password(
                    password.encode(), role.encode(), b"scram-sha-256"
                ).decode()
                run(connection, f"ALTER ROLE {name} PASSWORD {literal(verifier)}")
                passwords.note(connection, schema, role, password)
            run(connection, f"GRANT CONNECT ON DATABASE {database} TO {name}")
            verb, preposition = ("GRANT", "TO") if role in TEMPORARY else ("REVOKE", "FROM")
            run(connection, f"{verb} TEMPORARY ON DATABASE {database} {preposition} {name}")
        run(connection, f"GRANT CREATE ON DATABASE {database} TO owner")


def _is_set(schema: Schema, password: str, known: str | None) -> bool:
    return known == passwords.mark(password) if schema.managed else fits(password, known)


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
