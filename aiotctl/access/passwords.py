"""Passwords that are made here, and what a database keeps of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

ROUNDS = 4096
"""PostgreSQL's own number; a password with 192 random bits needs none."""


def new_password() -> str:
    """Letters, digits, ``-`` and ``_``, with 192 random bits."""
    return secrets.token_urlsafe(24)


def scram_verifier(password: str) -> str:
    """What PostgreSQL stores for SCRAM-SHA-256 (RFC 5803); the password cannot be had from it."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${ROUNDS}:{_base64(salt)}${_base64(stored)}:{_base64(server)}"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
