"""Takes away all that was put on a host."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from . import firewall
from .apply import silent
from .errors import told
from .files import remove, remove_if_empty, under
from .lock import root_lock
from .manifest import Owner
from .preflight import check_same_owner
from .process_files import socket_for
from .report import DELETE, Change, Outcome
from .runtimes import Tell, runtime_for
from .state import NAME, Applied, read_state, write_state


def destroy(
    root: Path,
    owner: Owner,
    *,
    adopt: bool = False,
    purge_data: bool = False,
    tell: Tell = silent,
    keep_agent: bool = False,
) -> Outcome:
    """Stops everything and removes it; data directories stay unless purged, and stay listed.

    What was not put there by us stays too. Repeating it is fine, also after being killed midway.
    `keep_agent`: the copy of the agent, and what it has noted of changes, stays.
    """
    if not root.is_dir():
        return Outcome(())
    with told(root, "mend it and destroy again"), root_lock(root):
        applied = read_state(root)
        if applied is not None:
            check_same_owner(root, owner, applied.owner, adopt)
        # Without a manifest there may still be what a killed destroy, or a hand, left running.
        applied = applied or Applied(owner, "", socket_for(root))
        changes = planned_removal(root, applied, purge_data)
        runtime = runtime_for(applied.runtime)
        if applied.firewall:
            firewall.remove()
        runtime.stop_everything(root, applied, tell)
        if not keep_agent:
            _remove_agent(root)
        _remove_everything(root, applied, purge_data)
        runtime.forget_all(applied)
        return Outcome(tuple(changes))


def check_removal(root: Path, owner: Owner, *, adopt: bool = False, purge_data: bool = False) -> Outcome:
    """What `destroy` would take away; changes nothing."""
    with told(root, "see to it that it can be read"):
        applied = read_state(root)
        if applied is None:
            return Outcome(())
        check_same_owner(root, owner, applied.owner, adopt)
        return Outcome(tuple(planned_removal(root, applied, purge_data)))


def planned_removal(root: Path, applied: Applied, purge_data: bool) -> list[Change]:
    """What `destroy` takes away."""
    data = {path for path, is_data in applied.directories.items() if is_data and not purge_data}
    return [
        *(Change("service", name, DELETE) for name in applied.services),
        *([Change("firewall", firewall.TABLE, DELETE)] if applied.firewall else []),
        *(Change("file", path, DELETE) for path in applied.files),
        *(Change("program", name, DELETE) for name in applied.programs),
        *(Change("directory", path, DELETE) for path in applied.directories if path not in data),
    ]


def _remove_agent(root: Path) -> None:
    from .transaction import cancel  # it removes by this module in its turn

    if (root / "rollback").exists():
        cancel(root)
    for folder in ("agent", "rollback"):
        remove(under(root, folder))


def _remove_everything(root: Path, applied: Applied, purge_data: bool) -> None:
    kept = {path: True for path, is_data in applied.directories.items() if is_data and not purge_data}
    kept = {path: True for path in kept if (root / path).exists()}
    delivered = [p.path for p in applied.programs.values() if p.path]
    gone = [*applied.files, *delivered, *(path for path in applied.directories if path not in kept)]
    for path in gone:
        if not any(path == k or path.startswith(k + "/") or k.startswith(path + "/") for k in kept):
            remove(under(root, path))
    for folder in ("run", "logs"):
        remove(under(root, folder))
    if Path(applied.socket).is_absolute():
        remove(Path(applied.socket).parent)
    for path in sorted(gone, key=len, reverse=True):
        for folder in Path(path).parents:
            if folder != Path() and not folder.is_absolute() and (root / folder).is_dir():
                remove_if_empty(root / folder)
    if kept:
        write_state(
            root,
            replace(
                applied, files={}, programs={}, services={}, firewall=False, directories=kept, complete=True
            ),
        )
        return
    remove(root / NAME)
    if remove_if_empty(root):
        with contextlib.suppress(OSError):
            root.parent.rmdir()
