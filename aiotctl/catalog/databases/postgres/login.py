"""How the roles of the time-series database connect."""

from __future__ import annotations

from aiotctl.model import names
from aiotctl.model.primitives import Quoting, Ref, SecretRef, Text

DATABASE = "aiot"
"""Name of the database within its server."""

ADMIN = "admin"
"""The server's superuser. Only ``apply`` logs in as it."""

ROLES = ("owner", "writer", "reader", "exporter")
"""Owner: schema and maintenance. Writer: the hub's collector. Reader: people and verify. Exporter: the lake
export.
"""


def password(role: str, quoting: Quoting = Quoting.RAW) -> SecretRef:
    """The password of a role."""
    return SecretRef(names.database_secret(role), quoting)


def login(role: str) -> Text:
    """A role's login as a JSON object of libpq's keywords, for an agent's configuration."""
    return (
        '{"host": ',
        Ref(names.DATABASE, "sql.host", Quoting.JSON),
        ', "port": ',
        Ref(names.DATABASE, "sql.port"),
        f', "dbname": "{DATABASE}", "user": "{role}", "password": ',
        password(role, Quoting.JSON),
        "}",
    )
