"""Where record and vault of an environment live: a URL says where, its scheme says which store answers."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from aiotctl.engine.protocols import Store, Vault
from aiotctl.errors import Exit, failure
from aiotctl.stores.entry import Notify, StoreEntry, folder_of, scheme_of


def state_of(project: Path, environment: str, state: str | None) -> str:
    """Where record and vault of an environment live: its ``state``, or ``.aiotctl/<environment>``.

    A path is taken from the project's folder, not from where the command was started.
    """
    if state is None:
        return str(project / ".aiotctl" / environment)
    return str(project / folder_of(state)) if scheme_of(state) == "file" else state


def open_store(location: str | Path, notify: Notify) -> Store:
    """The store at a URL or path. Nothing is read or made yet. ``notify`` is told of a lock taken over."""
    return _entry(str(location)).store(str(location), notify)


def open_vault(location: str | Path, project: Path) -> Vault:
    """The vault at the same URL or path; identity and recipients lie in the project's ``.aiotctl``."""
    return _entry(str(location)).vault(str(location), project)


def _entry(location: str) -> StoreEntry:
    scheme = scheme_of(location)
    known = _entries()
    if scheme not in known:
        raise failure(
            "unknown-store",
            "No store answers to this URL",
            f"`state: {location}` begins with `{scheme}:`; known are {', '.join(f'`{s}:`' for s in known)}.",
            "Give a path, or a URL with one of those schemes.",
            Exit.INVALID,
        )
    return known[scheme]


@cache
def _entries() -> dict[str, StoreEntry]:
    """All stores by scheme: modules of this package with an ``ENTRY``, and other packages' entry points."""
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    found = [cast(StoreEntry, module.ENTRY) for module in modules if hasattr(module, "ENTRY")]
    found += [cast(StoreEntry, point.load()) for point in entry_points(group="aiotctl.stores")]
    return {scheme: entry for entry in found for scheme in sorted(entry.schemes)}
