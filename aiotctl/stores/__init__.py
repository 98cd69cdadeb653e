"""Where record and vault of an environment live: a URL says where, its scheme says which store answers.

A scheme is the name of a module of this package with an ``ENTRY`` (``file:`` is ``file.py``), or of another
package's entry point in the group ``aiotctl.stores``. There is no central list.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, cast

from aiotctl.errors import Exit, failure
from aiotctl.stores.entry import Notify, StoreEntry, folder_of, scheme_of

if TYPE_CHECKING:
    from aiotctl.engine.protocols import Store, Vault

GROUP = "aiotctl.stores"


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


def pulumi_url(location: str, folder: str) -> str:
    """The URL for Pulumi's own state, in a folder beside record and vault: one ``state`` serves all three."""
    return _entry(location).pulumi(location, folder)


def ready_for_pulumi(location: str, folder: str, project: str, stack: str) -> None:
    """Makes the place ready for an operation of Pulumi's that locks and writes this stack's state there."""
    _entry(location).ready(location, folder, project, stack)


def schemes() -> list[str]:
    """All schemes that are answered."""
    import pkgutil
    from importlib.metadata import entry_points

    own = [module.name for module in pkgutil.iter_modules(__path__) if _own(module.name) is not None]
    return sorted({*own, *entry_points(group=GROUP).names})


def _entry(location: str) -> StoreEntry:
    scheme = scheme_of(location)
    entry = _own(scheme) or _others(scheme)
    if entry is None:
        known = ", ".join(f"`{name}:`" for name in schemes())
        raise failure(
            "unknown-store",
            "No store answers to this URL",
            f"A `state` begins with `{scheme}:`; known are {known}.",  # not the URL: some carry a password
            "Give a path, or a URL with one of those schemes.",
            Exit.INVALID,
        )
    return entry


def _own(scheme: str) -> StoreEntry | None:
    name = f"{__name__}.{scheme}"
    if not scheme.isidentifier() or importlib.util.find_spec(name) is None:
        return None
    return cast("StoreEntry | None", getattr(importlib.import_module(name), "ENTRY", None))


def _others(scheme: str) -> StoreEntry | None:
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP, name=scheme):
        return cast(StoreEntry, point.load())
    return None
