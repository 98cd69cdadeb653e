"""Names that several rooms must agree on: broker clients, secrets, topics, host addresses.

Everything is built from names that validation has restricted to letters, digits, ``-`` and ``_``, so
joining them
with ``.`` or ``/`` is unambiguous.
"""

from __future__ import annotations

import hashlib

HUB = "host/hub"
FIELD = "host/field"
"""The host of an environment's simulated devices; it exists only where something is simulated."""

WRITER = "hub-writer"
"""The broker client of the hub's collector, which writes to the database."""

METRIC = "ingest"
"""Name of every metric between gateway and database, and of the table the hub's collector copies into."""


def gateway_client(site: str, gateway: str) -> str:
    """Broker user of a gateway's collector."""
    return f"gateway.{site}.{gateway}"


def device_client(site: str, device: str) -> str:
    """Broker user of a device that publishes to the compiled broker."""
    return f"device.{site}.{device}"


def broker_secret(client: str) -> str:
    """Vault name of a broker client's password."""
    return f"broker/{client}"


def database_secret(role: str) -> str:
    """Vault name of a database role's password."""
    return f"database/{role}"


def gateway_topic(site: str, gateway: str) -> str:
    """The topic on which a gateway's collector publishes its batches."""
    return f"site/{site}/{gateway}"


RAW = "raw"
"""What a role reads, beside pipelines: the values as they were measured."""


def access_role(role: str) -> str:
    """What a role of people and programs is called: as a database role and as a broker client. A dot is in no
    other name of a database role, so none of the platform's own can be taken for one.
    """
    return f"role.{role}"


def person(name: str) -> str:
    """What a person or program is called: as a login of the database and in certificates."""
    return f"person.{name}"


DATABASE = "host/hub/service/postgres"
"""The service that holds the time-series database."""


def input_alias(site: str, device: str) -> str:
    """How a device's input is called in its collector's configuration and log."""
    return f"{site}/{device}"


AUTHORITY = "ca"
"""The environment's authority, as ``certificate_secret`` and ``key_secret`` know it."""

REVOCATIONS = "revocations"
"""The list of revoked certificates, where it is told of beside certificates."""

CRL = "certificate/crl"
"""Vault name of the revocation list (PEM); it exists as soon as any certificate does."""

LONGEST_COMMON_NAME = 64
"""Characters of a common name (X.520, ub-common-name)."""


def certificate_secret(name: str) -> str:
    """Vault name of a certificate (PEM)."""
    return f"certificate/{name}/cert"


def key_secret(name: str) -> str:
    """Vault name of a certificate's private key (PEM)."""
    return f"certificate/{name}/key"


def common_name(name: str) -> str:
    """How a certificate calls its owner, which brokers and databases take as the identity: the name itself,
    or where that is too long its beginning and a digest. ``~`` is in no name, so no other name looks so.
    """
    if len(name) <= LONGEST_COMMON_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{name[: LONGEST_COMMON_NAME - 17]}~{digest}"


STACK, FIELD_STACK = "stack/hub", "stack/field"
"""The stack of an environment's central services, and in the lab that of its gateways' machines."""

LOGIN_KEY = "login_key/ops"
"""Vault name of the private key with which aiotctl logs in to machines that a stack made."""

LOGIN = "ops"
"""Who logs in to machines that a stack made."""


def host_key(machine: str) -> str:
    """Vault name of the private host key of a machine that a stack makes."""
    return f"host_key/{machine}"


MANAGED_DATABASE = "database/managed"
"""The cloud's own database, as the target of flows."""

AWAY = frozenset({"host-unreachable", "host-timeout"})
"""Codes of findings about a host that does not answer at all."""

BUCKET_SECRET = "bucket/secret"  # noqa: S105 - the vault's name of it
"""The secret key of a bucket that a stack makes, in clouds whose machines have no identity of their own."""
