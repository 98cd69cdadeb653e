"""What a place for record and vault offers: which URLs it answers, and how it is opened."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from aiotctl.diagnostics import Diagnostic
from aiotctl.errors import Exit, failure

if TYPE_CHECKING:
    from aiotctl.engine.protocols import Store, Vault

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
Notify = Callable[[Diagnostic], None]
"""Is told what is worth knowing and no error, such as a lock that was taken over."""


def beside(location: str, folder: str) -> str:
    """The URL of a folder in the place that a URL names, with the same parameters."""
    place, mark, parameters = location.partition("?")
    return f"{place.rstrip('/')}/{folder}{mark}{parameters}"


def always_ready(location: str, folder: str, project: str, stack: str) -> None:
    """Nothing has to be done before Pulumi keeps a stack there."""


@dataclass(frozen=True, slots=True)
class StoreEntry:
    """One kind of place. ``vault`` also gets the project's folder, where identity and recipients lie.

    ``pulumi``: the URL, as Pulumi spells it, of a folder of the place (its name is the second argument).
    ``ready``: makes that folder fit for one stack's operations (arguments: URL, folder, project, stack).
    """

    store: Callable[[str, Notify], Store]
    vault: Callable[[str, Path], Vault]
    pulumi: Callable[[str, str], str] = beside
    ready: Callable[[str, str, str, str], None] = always_ready


def scheme_of(location: str) -> str:
    """The scheme of a URL, in lower case; a path has that of a file."""
    found = _SCHEME.match(location)
    return found[1].lower() if found else "file"


def folder_of(location: str) -> Path:
    """The folder that a path or ``file:`` URL names."""
    if not _SCHEME.match(location):
        return Path(location).expanduser()
    parts = urlsplit(location)
    if parts.netloc not in ("", "localhost"):
        raise failure(
            "state-elsewhere",
            "A file URL names a folder of this machine",
            f"`state: {location}` names the machine `{parts.netloc}`.",
            f"Write three slashes, `file:///{parts.netloc}{parts.path}`, or a path.",
            Exit.INVALID,
        )
    return Path(unquote(parts.path))
