"""What the toolbox gives: a program in its place, and the error that says why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from aiotctl.errors import AiotctlError, failure
from aiotctl.model.events import ToolProgress

Tell = Callable[[ToolProgress], None]
"""Is told of progress while a program is obtained or packed."""


class Origin(StrEnum):
    """Where a program came from, in the order in which the ways are tried."""

    PATH = "path"
    CACHE = "cache"
    BUNDLE = "bundle"
    WHEEL = "wheel"
    DOWNLOAD = "download"
    BUILD = "build"


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that is there.

    `path` is the program, or for a tree (PostgreSQL) the folder that holds `bin/`; a tree may be copied as a
    whole, with its symbolic links. `digest` is the SHA-256 of the file, or of all files of the tree with
    their names. `origin` is where it was had from at first, also when it now lies in the cache.
    """

    name: str
    version: str
    path: Path
    digest: str
    origin: Origin


class ToolError(AiotctlError):
    """A program is not there and could not be obtained: what, why, and how to mend it."""

    def __init__(self, code: str, summary: str, detail: str, remedy: str) -> None:
        error = failure(code, summary, detail, remedy)
        super().__init__(error.diagnostics, error.exit_code)
