"""A problem for the user: where, what, why, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """Errors stop a command; warnings do not."""

    ERROR = "error"
    WARNING = "warning"


class Place(NamedTuple):
    """A place in a file; line and column count from 1, 0 where only the file is known."""

    file: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    ``code`` is stable (``register-overlap``) and documented in the reference; ``summary`` constant text for
    the code;
    ``detail`` says what is wrong and why with the names involved; ``remedy`` how to mend it; ``address``
    the thing it is
    about; ``related`` other places with a word on each.
    """

    code: str
    summary: str
    detail: str
    remedy: str
    place: Place | None = None
    severity: Severity = Severity.ERROR
    address: str = ""
    related: tuple[tuple[Place, str], ...] = ()
