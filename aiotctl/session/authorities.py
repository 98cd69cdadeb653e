"""The authority of an environment: looked at, or another one taken in its place."""

from __future__ import annotations

import time
from pathlib import Path

from aiotctl.access import authority
from aiotctl.access.signing import Pair
from aiotctl.errors import Exit, failure
from aiotctl.model.access import Authority
from aiotctl.session.environment import Environment


def found(environment: Environment) -> Authority | None:
    """The authority, None where there is none yet."""
    return authority.about(environment.vault)


def take(environment: Environment, certificate: Path, key: Path) -> None:
    """Takes a person's own authority, from PEM files. Everything is issued anew by it."""
    authority.replace(environment.vault, Pair(_text(key), _text(certificate)), int(time.time()))


def renew(environment: Environment) -> None:
    """Makes a new authority in place of the former one. Everything is issued anew by it."""
    authority.replace(environment.vault, None, int(time.time()))


def hold_for(environment: Environment, days: int) -> None:
    """Lets certificates of hosts and services hold for so many days, from the next one on."""
    authority.hold_for(environment.vault, days)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise failure(
            "file-unreadable",
            "A file cannot be read",
            f"{path}: {error.strerror if isinstance(error, OSError) else 'it is not PEM text'}.",
            "Name the PEM files of certificate and private key.",
            Exit.USAGE,
        ) from None
