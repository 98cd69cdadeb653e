"""How a secret is born, by the first word of its name. A new kind is a function and a line in the table."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from aiotctl.errors import failure

Generator = Callable[[str], Mapping[str, str]]
"""Gets a secret's name; gives its value, and those of the names that can only be born together with it."""

_ACCESS = string.ascii_uppercase + string.digits
_VALID = timedelta(days=3650)


def is_given(name: str) -> bool:
    """Whether a person gives this secret (``{secret: NAME}``). The compiler's own names have a ``/``."""
    return "/" not in name


def generate(name: str) -> Mapping[str, str]:
    """The value of a secret that is asked for the first time, and of what belongs to it."""
    return _BY_KIND.get(name.partition("/")[0], _password)(name)


def _password(name: str) -> Mapping[str, str]:
    """Letters, digits, ``-`` and ``_`` with 192 random bits: safe in every configuration language."""
    return {name: secrets.token_urlsafe(24)}


def _s3(name: str) -> Mapping[str, str]:
    """An access key as S3's tools expect it: 20 characters; its secret 40."""
    if name.endswith("/access"):
        return {name: "".join(secrets.choice(_ACCESS) for _ in range(20))}
    return {name: secrets.token_urlsafe(30)}


def _opcua(name: str) -> Mapping[str, str]:
    """A client's key and certificate (PEM), or a user's password.

    The subject's URI is the one OPC UA servers compare with the application's; it names the client.
    """
    client, _, what = name.rpartition("/")
    if what not in ("key", "certificate"):
        return _password(name)
    key, certificate = _self_signed(client.replace("/", ":"))
    return {f"{client}/key": key, f"{client}/certificate": certificate}


def _self_signed(client: str) -> tuple[str, str]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    # a common name has at most 64 characters; the URI holds the whole of it
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, client[:64])])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,  # OPC UA wants it of a self-signed certificate
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    uri = x509.UniformResourceIdentifier(f"urn:aiotctl:{client}")
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))  # a device's clock may be behind
        .not_valid_after(moment + _VALID)
        .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def _ssh(name: str) -> Mapping[str, str]:
    """A private key of OpenSSH: of a machine that a stack makes, or of who logs in there."""
    from aiotctl.access.ssh_keys import new_key

    return {name: new_key()}


def _certificate(name: str) -> Mapping[str, str]:
    """The environment's authority issues these before anything asks for them."""
    raise failure(
        "certificate-missing",
        "A certificate was never issued",
        f"{name} is asked for, and the environment's authority has not issued it.",
        "Run `aiotctl apply`: it issues what hosts and services need before it changes them.",
    )


def _access(name: str) -> Mapping[str, str]:
    """A list of people who have something, before anybody has."""
    return {name: "{}"}


_BY_KIND: Mapping[str, Generator] = {
    "s3": _s3,
    "opcua": _opcua,
    "certificate": _certificate,
    "access": _access,
    "host_key": _ssh,
    "login_key": _ssh,
}
