"""Certificates of the environment's authority as files of a service on a host of its own."""

from __future__ import annotations

from dataclasses import dataclass

from aiotctl.model import names
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.primitives import (
    Certificate,
    ConfigFile,
    Ref,
    SecretRef,
    Text,
    machine_address,
    private_address,
)

LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate, its key, the authority that is trusted and its revocation list, below a folder of a
    host.
    """

    host: str
    folder: str
    certificate: Certificate
    listed: bool = False

    def path(self, name: str) -> Text:
        """Where one of ``ca``, ``cert``, ``key``, ``crl`` lies, as a text with the host's root."""
        return (Ref(self.host, "root"), f"/{self.folder}/{name}.pem")

    def files(self) -> tuple[ConfigFile, ...]:
        """The files; the revocation list only where this identity is asked to judge others'."""
        secrets = {
            "ca": names.certificate_secret(names.AUTHORITY),
            "cert": names.certificate_secret(self.certificate.name),
            "key": names.key_secret(self.certificate.name),
            **({"crl": names.CRL} if self.listed else {}),
        }
        return tuple(
            ConfigFile(f"{self.folder}/{name}.pem", (SecretRef(secret),)) for name, secret in secrets.items()
        )


def client(host: str, folder: str, name: str) -> Identity:
    """The identity of a client; ``name`` is who it is for brokers and databases."""
    return Identity(host, folder, Certificate(name))


def server(host: str, folder: str, place: HostPlace) -> Identity:
    """The identity of a host's servers, which judge their clients' certificates."""
    return Identity(host, folder, server_certificate(host, place), listed=True)


def server_certificate(host: str, place: HostPlace) -> Certificate:
    """The certificate of a host's servers: it answers for the address others dial, and for the loopback."""
    name = "server." + host.removeprefix("host/").replace("/", ".")
    here = (machine_address(place), private_address(place)) if place.stack else (place.address,)
    return Certificate(name, tuple(dict.fromkeys((*here, *LOOPBACK))))
