"""Rigs for stacks, and the authorities of a database that is not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.stacks.rig import Rig, rig


@pytest.fixture(scope="session")
def truststore(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle as RDS publishes one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "RDS of the tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("truststore") / "bundle.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def rds(truststore: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authorities of RDS are there."""
    monkeypatch.setenv("AIOTCTL_RDS_TRUSTSTORE", str(truststore))


@pytest.fixture
def clouds(tmp_path: Path, rds: None) -> Rig:
    """Clouds, an engine and a state of the test's own."""
    return rig(tmp_path)


def pytest_itemcollected(item: pytest.Item) -> None:
    """The SDKs warn of their own deprecated types when they are imported."""
    item.add_marker(pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_.*"))
