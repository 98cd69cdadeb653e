"""What can go wrong while converging, told so that a person can mend it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class ConvergeError(Exception):
    """A host cannot be converged: nothing was changed, or what was done is safe to repeat."""

    def __init__(self, summary: str, detail: str = "", hint: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        return ". ".join(part for part in (self.summary, self.detail, self.hint) if part)


@contextmanager
def told(root: Path, hint: str) -> Generator[None]:
    """Turns what the system refuses (disk full, no right, read-only) into a ConvergeError."""
    try:
        yield
    except OSError as error:
        place = error.filename if isinstance(error.filename, str) else root
        raise ConvergeError(f"{place}: {error.strerror or error}", hint=hint) from None


class ManifestError(ConvergeError):
    """The manifest breaks its own format; the summary names the place."""


class OwnerError(ConvergeError):
    """The root belongs to another blueprint, environment or lineage."""


class PortError(ConvergeError):
    """A port that a service needs is taken by a process that is not ours."""


class BusyError(ConvergeError):
    """Another converge works on the same root."""
