"""A change of a host that undoes itself unless it is confirmed.

Before the first change the programs it will replace are kept, and a timer is set that takes the change back:
to the manifest that was confirmed last, or to nothing. A boot takes it back too. What is kept lies in
``rollback/`` under the root:

====================  ===================================================================
``wanted.json``       the manifest that is being applied (0600: it holds secrets)
``confirmed.json``    the one that was confirmed last
``pending.json``      there from the first change until it is confirmed or taken back
``programs/``         delivered programs as they were
``result.json``       what the detached run answers
``taken-back.json``   what was taken back last, and why
====================  ===================================================================

Packages that the change replaced go back too, where apt has kept their archives; see ``packages_back.py``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from . import agent_copy, packages_back
from .apply import converge
from .errors import ConvergeError, told
from .files import make_directory, remove, sync_directory, write_whole
from .lock import root_lock
from .manifest import Confirm, Manifest
from .reading import read_manifest
from .removal import destroy
from .report import Outcome
from .runtimes import Tell
from .state import NAME as STATE
from .systemctl import run_on_active, systemctl
from .systemctl import told as told_systemd

FOLDER = "rollback"
WANTED, CONFIRMED, PENDING = f"{FOLDER}/wanted.json", f"{FOLDER}/confirmed.json", f"{FOLDER}/pending.json"
RESULT, TAKEN_BACK, PROGRAMS = f"{FOLDER}/result.json", f"{FOLDER}/taken-back.json", f"{FOLDER}/programs"
UNIT, TIMER = "aiotctl-rollback.service", "aiotctl-rollback.timer"
CHANGE = "aiotctl-converge.service"
_UNIT_PATH = Path("/etc/systemd/system", UNIT)


def pending(root: Path) -> str:
    """The id of a change that is neither confirmed nor taken back; empty where there is none."""
    return str(read(root / PENDING).get("id", ""))


def begin(manifest: Manifest, confirm: Confirm) -> None:
    """Makes it certain that the change goes back by itself; called before the first change.

    Of several changes in a row that nobody confirmed, the first has kept what was there.
    """
    root = manifest.root
    limit = sum(s.health_seconds + s.stop_seconds for s in manifest.services)
    _set_boot_unit(root)
    _arm(confirm.within_seconds + round(limit))
    if not pending(root):
        _keep_programs(root)
    unknown = (root / STATE).exists() and not (root / CONFIRMED).exists()
    write(root / PENDING, {"id": confirm.id, "known": not unknown})


def await_confirmation(root: Path, confirm: Confirm) -> None:
    """The change is done: from now on there is the time that was given to confirm it."""
    write(root / PENDING, {**read(root / PENDING), "id": confirm.id})
    _arm(confirm.within_seconds)


def confirm(root: Path, wanted: str) -> bool:
    """Makes a change stay. Raises ConvergeError where it was taken back already, or is not known."""
    with told(root, "confirm it again"), root_lock(root):
        now = pending(root)
        if not now and read(root / CONFIRMED).get("id") == wanted:
            return False
        if now != wanted:
            back = read(root / TAKEN_BACK)
            why = str(back.get("cause", "")) if back.get("id") == wanted else f"pending is {now or 'nothing'}"
            raise ConvergeError(f"change {wanted} can no longer be confirmed", why, "apply again")
        write(root / CONFIRMED, {**read(root / WANTED), "id": wanted})
        _forget(root)
        return True


def remember(root: Path, manifest: object) -> None:
    """Notes a manifest that was applied without a transaction as the one to go back to."""
    make_directory(root / FOLDER, 0o700, None)
    write(root / CONFIRMED, {"manifest": manifest})
    packages_back.forget(root)


def take_back(root: Path, cause: str, tell: Tell) -> Outcome:
    """Makes the host be as it was when a change was confirmed last. Repeating it is fine."""
    now = read(root / PENDING)
    if not now:
        return Outcome(())
    tell("taking the change back: " + cause)
    left = packages_back.put_back(root, tell)
    wanted, confirmed = read(root / WANTED).get("manifest"), read(root / CONFIRMED).get("manifest")
    if confirmed:
        outcome = converge(_with_kept_programs(read_manifest(confirmed)), tell=tell)
    elif now.get("known"):
        manifest = read_manifest(wanted)
        outcome = destroy(root, manifest.owner, tell=tell, keep_agent=True)
    else:
        outcome = Outcome(())
        cause += "; what was there before is not known, so it stays"
    make_directory(root / FOLDER, 0o700, None)
    write(root / TAKEN_BACK, {"id": now.get("id"), "cause": "; ".join((cause, *left))})
    _forget(root)
    return replace(outcome, left=left)


def cancel(root: Path) -> None:
    """Lets go of everything a transaction has put on the host, before all of it is removed."""
    if _UNIT_PATH.exists():
        systemctl("stop", "--", TIMER)
        systemctl("disable", "--quiet", "--", UNIT)
        remove(_UNIT_PATH)
        systemctl("daemon-reload")


def read(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is none."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return cast("dict[str, Any]", json.loads(path.read_bytes()))
    return {}


def write(path: Path, value: object) -> None:
    """A JSON value, whole, readable by root alone."""
    write_whole(path, json.dumps(value).encode(), 0o600, None)


def _arm(seconds: int) -> None:
    systemctl("stop", "--", TIMER)
    run_on_active(UNIT, seconds)


def _forget(root: Path) -> None:
    """The change is confirmed or taken back: what was kept for it goes, the mark of it last but the timer."""
    remove(root / PENDING)
    sync_directory(root / FOLDER)
    remove(root / WANTED)
    remove(root / PROGRAMS)
    packages_back.forget(root)
    systemctl("stop", "--", TIMER)


def _keep_programs(root: Path) -> None:
    """Links to the delivered programs: replacing one leaves the old one here."""
    fresh, there = root / f"{PROGRAMS}.fresh", root / "programs"
    remove(fresh)
    remove(root / PROGRAMS)
    if there.is_dir():
        shutil.copytree(there, fresh, symlinks=True, copy_function=os.link)
        fresh.replace(root / PROGRAMS)


def _with_kept_programs(manifest: Manifest) -> Manifest:
    kept = manifest.root / PROGRAMS
    places = {p.name: kept / Path(p.path).relative_to("programs") for p in manifest.programs if p.path}
    return replace(
        manifest,
        programs=tuple(
            replace(p, source=str(places[p.name])) if p.name in places and places[p.name].exists() else p
            for p in manifest.programs
        ),
    )


def _set_boot_unit(root: Path) -> None:
    text = f"""\
[Unit]
Description=Takes back a change of aiotctl that was not confirmed
ConditionPathExists={root / PENDING}
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart={sys.executable} -I -B {root / agent_copy.FOLDER} take-back {root}
Restart=on-failure
RestartSec=10
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
"""
    if not (_UNIT_PATH.is_file() and _UNIT_PATH.read_text() == text):
        write_whole(_UNIT_PATH, text.encode(), 0o644, None)
        told_systemd("daemon-reload")
        told_systemd("enable", "--quiet", units=[UNIT])
