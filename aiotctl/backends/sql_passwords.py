"""What a server tells of a role's password: its verifier, to a superuser. The administrator of a cloud's
database is none, so there a digest of what was set last stands in the role's comment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from aiotctl.backends.sql import Connection, run
from aiotctl.catalog.databases.postgres.quoting import identifier, literal
from aiotctl.model.primitives import Schema

COMMENTED = "coalesce(shobj_description(oid, 'pg_authid'), '')"


def kept(connection: Connection, schema: Schema, names: Sequence[str]) -> dict[str, str]:
    """What is known of the passwords of these roles, those that are there."""
    what, table = (COMMENTED, "pg_roles") if schema.managed else ("coalesce(rolpassword, '')", "pg_authid")
    query = f"SELECT rolname, {what} FROM {table} WHERE rolname = ANY(%s)"
    return dict(connection.execute(query.encode(), [list(names)]).fetchall())


def mark(secret: str) -> str:
    """The comment of a role whose password, or verifier, was set to this. A password of ours has 192 random
    bits, a verifier a random salt: neither can be found from it.
    """
    return "aiotctl " + hashlib.sha256(secret.encode()).hexdigest()[:32]


def note(connection: Connection, schema: Schema, role: str, secret: str) -> None:
    """Notes what was set, where the server does not tell it."""
    if schema.managed:
        run(connection, f"COMMENT ON ROLE {identifier(role)} IS {literal(mark(secret))}")


def adopt(connection: Connection, schema: Schema, role: str) -> None:
    """Gives the administrator of a cloud's database what a superuser has: the rights of a role of ours."""
    if schema.managed:
        run(connection, f"GRANT {identifier(role)} TO CURRENT_USER")
