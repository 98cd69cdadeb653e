"""Keys of OpenSSH: of machines that a stack makes, and of whoever logs in there. All are Ed25519."""

from __future__ import annotations


def new_key() -> str:
    """A private key in OpenSSH's own format, without a passphrase."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    made = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return made.decode()


def public_half(private: str) -> str:
    """The public key of a private one, as one line (``ssh-ed25519 AAAA…``)."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_ssh_private_key(private.encode(), None)
    made = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return made.decode()
