"""The settings of a stack as the engine reads them from Pulumi.STACK.yaml. JSON is YAML.

Secrets are sealed as the engine's passphrase provider does it (`sdk/go/common/resource/config/crypt.go` and
`pkg/secrets/passphrase/manager.go` of Pulumi 3.259): AES-256-GCM with a nonce of 12 bytes, its key by PBKDF2
from passphrase and salt with SHA-256 and 1,000,000 rounds. The salt's own line holds a sealed word, by which
the engine knows a wrong passphrase.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Mapping
from hashlib import pbkdf2_hmac

EMPTY = "config: {}\n"
_ROUNDS = 1_000_000
_KEY, _SALT, _NONCE = 32, 8, 12
"""Bytes."""
_PROOF = "pulumi"


def kept_by(secrets_provider: str) -> str:
    """Settings of a stack whose secrets a cloud's key service seals; they are put there by
    `pulumi config set --secret`.
    """
    return _written({"secretsprovider": secrets_provider, "config": {}})


def sealed(secrets: Mapping[str, str], passphrase: str) -> str:
    """Settings that hold secrets by their keys (`namespace:name`), to be opened with the passphrase."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt = os.urandom(_SALT)
    cipher = AESGCM(pbkdf2_hmac("sha256", passphrase.encode(), salt, _ROUNDS, _KEY))

    def seal(value: str) -> str:
        nonce = os.urandom(_NONCE)
        return f"v1:{_text(nonce)}:{_text(cipher.encrypt(nonce, value.encode(), None))}"

    config = {key: {"secure": seal(value)} for key, value in secrets.items()}
    return _written({"encryptionsalt": f"v1:{_text(salt)}:{seal(_PROOF)}", "config": config})


def _text(content: bytes) -> str:
    return b64encode(content).decode()


def _written(settings: Mapping[str, object]) -> str:
    return json.dumps(settings, indent=2, ensure_ascii=False) + "\n"
