"""Certificates of authorities as files, which libpq wants."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def kept(certificates: str) -> Generator[str]:
    """A file with these certificates (PEM), for as long as the context lasts."""
    with tempfile.NamedTemporaryFile("w", prefix="aiotctl-ca-", suffix=".pem", encoding="utf-8") as file:
        file.write(certificates)
        file.flush()
        yield file.name
