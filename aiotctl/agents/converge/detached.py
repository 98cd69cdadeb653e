"""Runs a change as a unit of its own, so that it comes to its end when the connection is lost."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from . import agent_copy, packages_back
from .apply import check
from .errors import BusyError, ConvergeError
from .files import make_directory, make_parents, remove, remove_if_empty
from .host import change
from .manifest import Manifest
from .state import NAME as STATE
from .systemctl import active, free, run_detached
from .telling import told
from .transaction import CHANGE, FOLDER, RESULT, TAKEN_BACK, UNIT, WANTED, pending, read, write

ENDED = "ended"
# A file, for systemd 252 misreads a $ in a transient unit when it reads all units again.
_ENDED = f'[ "$SERVICE_RESULT" = success ] || systemctl start --no-block {UNIT}\n'
_PATIENCE = 120.0  # seconds for an earlier change, or for one that is taken back, to end


def run(manifest: Manifest, value: object, *, adopt: bool, purge_data: bool) -> dict[str, Any]:
    """Applies a manifest in a unit of its own and returns its answer. `value` is the manifest as JSON.

    Where there is nothing to do, and nothing is pending, no unit is started.
    """
    root = manifest.root
    outcome = check(manifest, adopt=adopt, purge_data=purge_data)
    if not outcome.changed and not pending(root):
        packages_back.forget(root)
        return told(manifest, outcome)
    _await(CHANGE, lambda: free(CHANGE))
    _await(UNIT, lambda: not active(UNIT))
    agent = _prepare(root, {"manifest": value, "adopt": adopt, "purge_data": purge_data})
    command = [sys.executable, "-I", "-B", str(agent), change.__name__, str(root)]
    complaint = run_detached(CHANGE, command, ["/bin/sh", str(agent / ENDED)])
    answer = read(root / RESULT) or _ended(root, manifest, complaint)
    if not (root / STATE).exists() and not read(root / TAKEN_BACK):
        _leave_nothing(root)
    return answer


def _prepare(root: Path, given: dict[str, object]) -> Path:
    for folder in reversed([f for f in (root, *root.parents) if not f.exists()]):
        make_directory(folder, 0o755, None)
    make_directory(make_parents(root, FOLDER), 0o700, None)
    agent = agent_copy.install(root, {ENDED: _ENDED})
    remove(root / RESULT)
    write(root / WANTED, given)
    return agent


def _ended(root: Path, manifest: Manifest, complaint: str) -> NoReturn:
    """The change was ended from outside: systemd takes it back."""
    _await(UNIT, lambda: not pending(root) and not active(UNIT))
    confirm = manifest.confirm
    back = confirm is not None and read(root / TAKEN_BACK).get("id") == confirm.id
    now = "the host is back as it was" if back else "nothing was changed"
    raise ConvergeError(f"the change was ended before it was done; {now}", complaint, "apply again")


def _await(unit: str, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise BusyError(f"{unit} is still at work", hint="wait for it, then apply again")
        time.sleep(0.1)


def _leave_nothing(root: Path) -> None:
    """It was refused: not even the agent stays."""
    for folder in (agent_copy.FOLDER, FOLDER):
        remove(root / folder)
    remove_if_empty(root)
    remove_if_empty(root.parent)
