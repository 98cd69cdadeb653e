"""Keys, certificates and revocation lists (X.509, RFC 5280) as PEM texts. Nothing is kept here.

Keys are EC P-256, which Mosquitto 2.0, PostgreSQL 15 and Telegraf all take, and which cost a small gateway
least in a handshake.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from aiotctl.model.access import Authority
from aiotctl.model.names import common_name

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

BACKDATED = timedelta(days=1)
"""Certificates hold from a day before they are issued: a gateway's clock may be behind."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key and its certificate, as PEM."""

    key: str = field(repr=False)
    certificate: str


@dataclass(frozen=True, slots=True)
class Signer:
    """An authority that can sign."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)

    @property
    def ends(self) -> int:
        """When its certificate ends, in seconds since the epoch."""
        return int(self.certificate.not_valid_after_utc.timestamp())


def new_authority(now: int, days: int) -> Pair:
    """A self-signed authority that may sign certificates and revocation lists, but no other authorities."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # the name is the authority's own, so that two environments' are told apart by whoever sees them
    title = f"aiotctl authority {own.digest[:4].hex()}"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    moment = _moment(now)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - BACKDATED)
        .not_valid_after(moment + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(own, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
    )
    return Pair(_key_text(key), _pem(builder.sign(key, hashes.SHA256())))


def load_signer(pair: Pair) -> Signer:
    """The authority of a key and a certificate. Raises ValueError for what is neither."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pair.key.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError("neither an EC nor an RSA key")
    return Signer(x509.load_pem_x509_certificate(pair.certificate.encode()), key)


def describe(signer: Signer, days: int) -> Authority:
    """An authority as people compare it; ``days`` its certificates hold."""
    from cryptography.hazmat.primitives import hashes

    fingerprint = signer.certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    return Authority(signer.certificate.subject.rfc4514_string(), fingerprint, signer.ends, days)


def unfit(pair: Pair, now: int) -> str:
    """Why a key and a certificate cannot be an authority; empty where they can."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        signer = load_signer(pair)
        signer.certificate.verify_directly_issued_by(signer.certificate)
        constraints = signer.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = signer.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (InvalidSignature, x509.ExtensionNotFound):
        return "The certificate is not a self-signed one of an authority."
    except (ValueError, TypeError):
        return "The files do not hold an EC or RSA key and a certificate."
    if signer.certificate.public_key() != signer.key.public_key():
        return "The key is not that of the certificate."
    if not (constraints.ca and usage.key_cert_sign and usage.crl_sign):
        return "The certificate may not sign certificates and revocation lists."
    return "The certificate has ended." if signer.ends <= now else ""


def sign(
    signer: Signer, name: str, hosts: Iterable[str], now: int, ends: int, subject: str = ""
) -> tuple[Pair, int]:
    """A key and certificate for a name, and its serial number. The common name is that of ``subject``, where
    one acts in a role.

    With ``hosts`` (DNS names and addresses) it is a server's, without them a client's: neither can pass for
    the other.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key, serial, named = ec.generate_private_key(ec.SECP256R1()), x509.random_serial_number(), list(hosts)
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if named else ExtendedKeyUsageOID.CLIENT_AUTH
    # the URI holds the whole of a name that is too long for a common name, and who it is that acts in a role
    names = [x509.UniformResourceIdentifier(f"urn:aiotctl:{name}"), *(_general_name(host) for host in named)]
    issuer = x509.SubjectKeyIdentifier.from_public_key(signer.key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name(subject or name))]))
        .issuer_name(signer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(max(_moment(now) - BACKDATED, signer.certificate.not_valid_before_utc))
        .not_valid_after(_moment(ends))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
    )
    return Pair(_key_text(key), _pem(builder.sign(signer.key, hashes.SHA256()))), serial


def sign_revocations(signer: Signer, revoked: Iterable[tuple[int, int]], now: int, ends: int) -> str:
    """A revocation list of (serial, when revoked). It holds until ``ends``; without one that holds, servers
    let nobody in.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    issuer = x509.SubjectKeyIdentifier.from_public_key(signer.key.public_key())
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(signer.certificate.subject)
        .last_update(_moment(now) - BACKDATED)
        .next_update(_moment(ends))
        .add_extension(x509.CRLNumber(now), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
    )
    for serial, since in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_moment(since)).build()
        builder = builder.add_revoked_certificate(entry)
    return _pem(builder.sign(signer.key, hashes.SHA256()))


def revocations(text: str) -> tuple[frozenset[int], int]:
    """The serials on a revocation list, and when it ends (seconds since the epoch)."""
    from cryptography import x509

    listed = x509.load_pem_x509_crl(text.encode())
    ends = listed.next_update_utc
    return frozenset(entry.serial_number for entry in listed), int(ends.timestamp()) if ends else 0


def _usage(authority: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        address: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        return x509.DNSName(host)
    return x509.IPAddress(address)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _pem(signed: x509.Certificate | x509.CertificateRevocationList) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return signed.public_bytes(Encoding.PEM).decode()


def _key_text(key: ec.EllipticCurvePrivateKey) -> str:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
