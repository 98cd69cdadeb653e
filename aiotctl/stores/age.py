"""The few things asked of ``pyrage``, with types. It is imported when the first of them is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any


class AgeError(ValueError):
    """No identity, no public key, or a file that this identity does not open."""


def new_identity() -> str:
    """The text of a new identity (``AGE-SECRET-KEY-1…``)."""
    return str(_pyrage().x25519.Identity.generate())


def public_key(identity: str) -> str:
    """The public key (``age1…``) of an identity; raises AgeError."""
    return str(_identity(identity).to_public())


def check_public_key(key: str) -> None:
    """Raises AgeError for what is neither an age nor an SSH public key."""
    _recipient(key)


def encrypt(text: bytes, public_keys: Sequence[str]) -> bytes:
    """The text, for the owners of these keys."""
    return bytes(_pyrage().encrypt(text, [_recipient(key) for key in public_keys]))


def decrypt(encrypted: bytes, identity: str) -> bytes:
    """The text; raises AgeError where the identity does not open it, or where it was changed."""
    try:
        return bytes(_pyrage().decrypt(encrypted, [_identity(identity)]))
    except _pyrage().DecryptError:
        raise AgeError("does not open") from None


def _identity(text: str) -> Any:
    try:
        return _pyrage().x25519.Identity.from_str(text)
    except _pyrage().IdentityError:
        raise AgeError("no identity") from None


def _recipient(key: str) -> Any:
    kind = _pyrage().ssh if key.startswith("ssh-") else _pyrage().x25519
    try:
        return kind.Recipient.from_str(key)
    except _pyrage().RecipientError:
        raise AgeError("no public key") from None


def _pyrage() -> Any:
    return importlib.import_module("pyrage")
