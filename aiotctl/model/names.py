"""Names that several rooms must agree on: broker clients, secrets, topics, host addresses.

Everything is built from names that validation has restricted to letters, digits, ``-`` and ``_``, so
joining them
with ``.`` or ``/`` is unambiguous.
"""

from __future__ import annotations

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


DATABASE = "host/hub/service/postgres"
"""The service that holds the time-series database."""


def input_alias(site: str, device: str) -> str:
    """How a device's input is called in its collector's configuration and log."""
    return f"{site}/{device}"
