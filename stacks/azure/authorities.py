"""The certificate authorities that sign Azure's PostgreSQL, out of those that this machine trusts."""

from __future__ import annotations

import ssl
from typing import Any

NAMES = (
    "DigiCert Global Root CA",
    "DigiCert Global Root G2",
    "Microsoft RSA Root Certificate Authority 2017",
)
"""As Azure names them for its flexible servers: public authorities, two of them while one is rotated."""


def bundle() -> str:
    """The authorities as PEM. Raises RuntimeError where this machine knows none of them."""
    context = ssl.create_default_context()
    certificates = zip(context.get_ca_certs(), context.get_ca_certs(binary_form=True), strict=True)
    found = [ssl.DER_cert_to_PEM_cert(der) for told, der in certificates if _common_name(told) in NAMES]
    if not found:
        raise RuntimeError(
            "the certificate authorities of Azure's PostgreSQL are not among those that this machine trusts. "
            "Debian and Ubuntu: apt-get install ca-certificates"
        )
    return "".join(sorted(found))


def _common_name(told: dict[str, Any]) -> str:
    return next((value for part in told["subject"] for key, value in part if key == "commonName"), "")
