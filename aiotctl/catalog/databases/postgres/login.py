"""How the roles of the time-series database connect."""

from __future__ import annotations

from aiotctl.catalog.certificates import Identity, client
from aiotctl.model import address, names
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Part, Quoting, Ref, SecretRef, Text

DATABASE = "aiot"
"""Name of the database within its server."""

SERVICE = "postgres"
"""Name of the server's service, whatever the engine."""

ADMIN = "admin"
"""The server's superuser. Only ``apply`` logs in as it."""

ROLES = ("owner", "writer", "reader", "exporter")
"""Owner: schema and maintenance. Writer: the hub's collector. Reader: people and verify. Exporter: the lake
export.
"""

CERTIFICATES = {"owner": "database.owner", "writer": names.WRITER, "exporter": "database.exporter"}
"""Who the programs of an environment with hosts are to the database: the name in their certificate."""


def database_service(deployment: Deployment) -> str:
    """Address of the service that holds the time-series database."""
    return address.service(deployment.host_of("timeseries"), SERVICE)


def password(role: str, quoting: Quoting = Quoting.RAW) -> SecretRef:
    """The password of a role."""
    return SecretRef(names.database_secret(role), quoting)


def identity(host: str, role: str, folder: str) -> Identity:
    """The certificate with which a program on a host is a role, in files below a folder there."""
    return client(host, folder, CERTIFICATES[role])


def login(deployment: Deployment, role: str, identity: Identity | None = None) -> Text:
    """A role's login as a JSON object of libpq's keywords, for an agent's configuration: with a certificate
    where it has one, else with the password.
    """
    server = database_service(deployment)
    return (
        '{"host": ',
        Ref(server, "sql.host", Quoting.JSON),
        ', "port": ',
        Ref(server, "sql.port"),
        f', "dbname": "{DATABASE}", "user": "{role}", ',
        *(_certified(identity) if identity else ('"password": ', password(role, Quoting.JSON))),
        "}",
    )


def _certified(identity: Identity) -> tuple[Part, ...]:
    """The server must be who its certificate says, and so must the client."""
    files = {"sslrootcert": "ca", "sslcert": "cert", "sslkey": "key"}
    parts: list[Part] = ['"sslmode": "verify-full"']
    for keyword, name in files.items():
        parts += [f', "{keyword}": "', *identity.path(name), '"']
    return tuple(parts)
