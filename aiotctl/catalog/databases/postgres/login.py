"""How the roles of the time-series database connect."""

from __future__ import annotations

from dataclasses import dataclass

from aiotctl.catalog.certificates import Identity, client
from aiotctl.catalog.cloud import is_managed
from aiotctl.model import address, names
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Certificate, ConfigFile, Part, Quoting, Ref, SecretRef, Text

DATABASE = "aiot"
"""Name of the database within its server."""

SERVICE = "postgres"
"""Name of the server's service, whatever the engine."""

ROLE = "timeseries"
"""The role of the platform that this is about."""

ADMIN = "admin"
"""The server's superuser. Only ``apply`` logs in as it."""

MANAGED_ADMIN = "aiot_admin"
"""The administrator of a cloud's database: no superuser, and no name that a cloud keeps for itself."""

ROLES = ("owner", "writer", "reader", "exporter")
"""Owner: schema and maintenance. Writer: the hub's collector. Reader: people and verify. Exporter: the lake
export.
"""

CERTIFICATES = {"owner": "database.owner", "writer": names.WRITER, "exporter": "database.exporter"}
"""Who the programs of an environment with hosts are to the database: the name in their certificate."""


def database_service(deployment: Deployment) -> str:
    """Address of the service that holds the time-series database; of the stack where that is the cloud's."""
    if is_managed(deployment, ROLE):
        return names.STACK
    return address.service(deployment.host_of("timeseries"), SERVICE)


def password(role: str, quoting: Quoting = Quoting.RAW) -> SecretRef:
    """The password of a role."""
    return SecretRef(names.database_secret(role), quoting)


def identity(host: str, role: str, folder: str) -> Identity:
    """The certificate with which a program on a host is a role, in files below a folder there."""
    return client(host, folder, CERTIFICATES[role])


@dataclass(frozen=True, slots=True)
class Client:
    """How a program on a host comes to the database in a role: with a certificate where a host has the
    database, with a password else. ``folder`` is that of its files, below the host's root.
    """

    deployment: Deployment
    host: str
    role: str
    folder: str

    @property
    def identity(self) -> Identity | None:
        """Its certificate, where it comes with one."""
        if self.deployment.environment.local or is_managed(self.deployment, ROLE):
            return None
        return identity(self.host, self.role, self.folder)

    @property
    def files(self) -> tuple[ConfigFile, ...]:
        """Files that it needs: its certificate, or the authority of the cloud's database."""
        if is_managed(self.deployment, ROLE):
            return (ConfigFile(f"{self.folder}/ca.pem", (Ref(names.STACK, "database/ca"),)),)
        return self.identity.files() if self.identity else ()

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificate that is issued to it."""
        return (self.identity.certificate,) if self.identity else ()

    @property
    def login(self) -> Text:
        """The login as a JSON object of libpq's keywords, for an agent's configuration. The server must be
        who its certificate says, wherever it has one.
        """
        parts: list[Part] = ['{"host": ', host_of(self.deployment, Quoting.JSON), ', "port": ']
        parts += [port_of(self.deployment), f', "dbname": "{DATABASE}", "user": "{self.role}", ']
        if self.identity:
            return (*parts, *_certified(self.identity), "}")
        parts += ['"password": ', password(self.role, Quoting.JSON)]
        if self.authority:
            parts += [', "sslmode": "verify-full", "sslrootcert": "', *self.authority, '"']
        return (*parts, "}")

    @property
    def authority(self) -> Text:
        """Path of the file with the authority of the cloud's database; empty where a host has it."""
        if not is_managed(self.deployment, ROLE):
            return ()
        return (Ref(self.host, "root"), f"/{self.folder}/ca.pem")


def host_of(deployment: Deployment, quoting: Quoting = Quoting.RAW) -> Ref:
    """The name or address of the database's server."""
    if is_managed(deployment, ROLE):
        return Ref(names.STACK, "database/host", quoting)
    return Ref(database_service(deployment), "sql.host", quoting)


def dialled_at(deployment: Deployment) -> Text:
    """Host and port of the server, with a colon."""
    if is_managed(deployment, ROLE):
        return (host_of(deployment), ":", port_of(deployment))
    return (Ref(database_service(deployment), "sql.address"),)


def port_of(deployment: Deployment) -> Ref:
    """Its port."""
    if is_managed(deployment, ROLE):
        return Ref(names.STACK, "database/port")
    return Ref(database_service(deployment), "sql.port")


def _certified(identity: Identity) -> tuple[Part, ...]:
    """The server must be who its certificate says, and so must the client."""
    files = {"sslrootcert": "ca", "sslcert": "cert", "sslkey": "key"}
    parts: list[Part] = ['"sslmode": "verify-full"']
    for keyword, name in files.items():
        parts += [f', "{keyword}": "', *identity.path(name), '"']
    return tuple(parts)
