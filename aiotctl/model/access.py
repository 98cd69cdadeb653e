"""Who was given what, and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What somebody can be given."""

    DATABASE = "database login"
    CERTIFICATE = "broker certificate"
    BROKER_PASSWORD = "broker password"  # noqa: S105 - the name of a kind
    DEVICE = "device password"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a person, program or device was given. Times are seconds since the epoch; ``revoked`` is 0 while
    it holds, ``ends`` 0 where it has no end.
    """

    name: str
    role: str
    kinds: tuple[Kind, ...]
    since: int
    ends: int
    revoked: int = 0

    def holds(self, now: int) -> bool:
        """Whether it is neither revoked nor at its end."""
        return not self.revoked and not 0 < self.ends <= now


@dataclass(frozen=True, slots=True)
class RightsTable:
    """What each role may do. ``rows``: (what, one cell a role): empty where it may not, ``yes``, or the names
    of sites, ``all`` for all of them.
    """

    roles: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]

    def cell(self, what: str, role: str) -> str:
        """What a role may do of something."""
        return dict(self.rows)[what][self.roles.index(role)]


@dataclass(frozen=True, slots=True)
class BrokerRow:
    """What somebody may publish and hear at the brokers; ``who`` may stand for all of a kind."""

    who: str
    publishes: tuple[str, ...]
    hears: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handed:
    """Credentials as files (name to content) in a folder, and what to do with them: (purpose, command)."""

    credential: Credential
    folder: str
    files: tuple[tuple[str, str], ...] = field(repr=False)
    uses: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CertificateState:
    """A certificate of a host or service: when it was issued, ends and was revoked (0: it was not)."""

    name: str
    since: int
    ends: int
    revoked: int = 0


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom vaults are encrypted for: a public key, what is noted beside it, and whether it is one's own."""

    key: str
    comment: str
    own: bool


@dataclass(frozen=True, slots=True)
class Authority:
    """An environment's authority as people compare it: its name, the SHA-256 of its certificate, its end; and
    for how many days the certificates of hosts and services hold.
    """

    subject: str
    fingerprint: str
    ends: int
    days: int
