"""Who was given what, and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
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
