"""The certificate authorities of RDS in a region, as AWS publishes them."""

from __future__ import annotations

import os
import ssl
import urllib.request
from pathlib import Path

URL = "https://truststore.pki.rds.amazonaws.com/{region}/{region}-bundle.pem"
"""The regions' own bundles; small, and of AWS' commercial regions."""

FILE = "AIOTCTL_RDS_TRUSTSTORE"
"""Names a file with the bundle, for a controller that cannot reach it."""

LONGEST = 1 << 20


def bundle(region: str) -> str:
    """The authorities as PEM. Raises RuntimeError where they cannot be had."""
    path = os.environ.get(FILE)
    try:
        text = Path(path).read_text(encoding="ascii") if path else _fetched(URL.format(region=region))
        ssl.create_default_context(cadata=text)
    except (OSError, ValueError) as error:
        raise RuntimeError(
            f"the certificate authorities of RDS cannot be had ({error}). Where this machine does not reach "
            f"{URL.format(region=region)}, download it elsewhere and name the file in {FILE}."
        ) from error
    return text


def _fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read(LONGEST).decode("ascii")
