"""What kept ssh from running a command, read from what it says; no other place matches these texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """Why a machine did not do what it was asked."""

    UNREACHABLE = "unreachable"
    HOST_KEY_UNKNOWN = "host key unknown"
    HOST_KEY_CHANGED = "host key changed"
    AUTHENTICATION = "authentication"
    TIMEOUT = "timeout"
    SUDO_NEEDS_PASSWORD = "sudo needs a password"  # noqa: S105 - words
    SUDO_REFUSED = "sudo refused"
    SETTINGS = "ssh settings"
    OUTPUT = "too much output"


@dataclass(frozen=True, slots=True)
class Failed:
    """A command that did not run, or did not come to its end. `detail` is what ssh or sudo said, one line."""

    trouble: Trouble
    detail: str


_SIGNS = (
    (Trouble.HOST_KEY_CHANGED, r"HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY|host key .* has changed"),
    (Trouble.HOST_KEY_UNKNOWN, r"host key is known for|Host key verification failed"),
    (Trouble.AUTHENTICATION, r"Permission denied|Too many authentication failures|no more authentication"),
    (Trouble.SETTINGS, r"Bad configuration option|terminating, \d+ bad|Can't open user config|Bad owner or"),
)
_NOISE = re.compile(
    r"^@|SOMETHING NASTY|eavesdropping|^Connection (closed|reset) by (UNKNOWN|\S+ port 65535)"
)
_DROPPED = re.compile(r"^kex_exchange_identification|^Connection (closed|reset)")


def failed(said: str) -> Failed:
    """The kind of failure from all that ssh said; what is not known otherwise is unreachable."""
    for trouble, sign in _SIGNS:
        if signs := [line for line in said.splitlines() if re.search(sign, line, re.IGNORECASE)]:
            telling = [line for line in signs if not _NOISE.search(line)]
            return Failed(trouble, plain(max(telling or signs, key=len)))  # the longest tells most
    lines = [line for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if not _NOISE.search(line)]
    return Failed(Trouble.UNREACHABLE, plain((telling or lines or ["ssh ended without a word"])[-1]))


def was_dropped(failure: Failed) -> bool:
    """Whether a server hung up before it said who it is, as one does that has too many logins at once."""
    return failure.trouble is Trouble.UNREACHABLE and bool(_DROPPED.search(failure.detail))


def plain(text: str) -> str:
    """A line of a foreign machine, without what would move a terminal's cursor."""
    return "".join(character if character.isprintable() else " " for character in text).strip()[:300]
