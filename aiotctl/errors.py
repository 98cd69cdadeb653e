"""Errors meant for the user. Each carries diagnostics and the exit code of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from aiotctl.diagnostics import Diagnostic


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    ERROR = 1
    CHANGES = 2
    PARTIAL = 3
    UNREACHABLE = 4
    INVALID = 5
    LOCKED = 6
    STALE = 7
    NOT_FLOWING = 8
    USAGE = 64
    INTERRUPTED = 130
    TERMINATED = 143


class AiotctlError(Exception):
    """The one root of errors that are shown to people."""

    def __init__(self, diagnostics: Sequence[Diagnostic], code: Exit = Exit.ERROR) -> None:
        super().__init__("; ".join(f"{d.code}: {d.detail}" for d in diagnostics))
        self.diagnostics = tuple(diagnostics)
        self.exit_code = code


def failure(code: str, summary: str, detail: str, remedy: str, exit_code: Exit = Exit.ERROR) -> AiotctlError:
    """An error of one diagnostic that has no place in a file."""
    return AiotctlError([Diagnostic(code, summary, detail, remedy)], exit_code)
