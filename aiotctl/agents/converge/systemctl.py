"""Asks systemd about units and tells it what to do with them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .errors import ConvergeError
from .logs import LINES, printable

_PATH = "/usr/bin:/bin"
_BUSY = ("active", "activating", "deactivating", "reloading")
_PROPERTIES = ("LoadState", "ActiveState", "UnitFileState", "MainPID", "DropInPaths", "NeedDaemonReload")


@dataclass(frozen=True, slots=True)
class UnitFact:
    """A unit as systemd has it; `drop_ins` are files that change it."""

    loaded: str
    active: str
    enabled: str
    main_pid: int
    drop_ins: tuple[str, ...]
    stale: bool


def show(units: Sequence[str]) -> dict[str, UnitFact]:
    """All these units by one question."""
    if not units:
        return {}
    done = systemctl("show", "--property=" + ",".join(_PROPERTIES), "--", *units)
    if done.returncode:
        raise ConvergeError("systemd does not answer", done.stderr.strip()[-400:])
    blocks = done.stdout.strip("\n").split("\n\n")
    return dict(zip(units, map(_fact, blocks), strict=True))


def systemctl(*words: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """Runs systemctl; what it could not do is in the result."""
    program = shutil.which("systemctl", path=_PATH)
    if program is None:
        raise ConvergeError("systemd is not on this host", hint="choose the runtime process, or another host")
    try:
        return subprocess.run(
            [program, "--no-ask-password", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ConvergeError(f"systemctl {words[0]} does not end", f"waited {seconds:g} s") from None


def told(*words: str, units: Iterable[str] = (), seconds: float = 60) -> None:
    """Runs systemctl on units, none being fine; raises ConvergeError with its words when it refuses."""
    names = list(units)
    done = systemctl(*words, *(["--", *names] if names else []), seconds=seconds)
    if done.returncode:
        raise ConvergeError(
            f"systemctl {' '.join(words)} {' '.join(names)} fails", done.stderr.strip()[-800:]
        )


def active(unit: str) -> bool:
    """Whether a unit runs, starts or stops now."""
    return systemctl("show", "--property=ActiveState", "--value", "--", unit).stdout.strip() in _BUSY


def free(unit: str) -> bool:
    """Whether a unit of this name can be run: systemd has forgotten the one before."""
    return systemctl("show", "--property=LoadState", "--value", "--", unit).stdout.strip() == "not-found"


def run_detached(unit: str, command: Sequence[str], at_its_end: Sequence[str]) -> str:
    """Runs a command as a unit and waits for its end; it goes on when whoever waits is gone.

    `at_its_end` is run however it ends, also by a kill, with SERVICE_RESULT in its environment; its words are
    plain ones. (OnFailure= would keep this unit loaded for as long as the one that it names.) Returns what
    systemd-run complains of.
    """
    after = f"--property=ExecStopPost={' '.join(at_its_end)}"
    words = ["--quiet", "--wait", "--collect", f"--unit={unit}", after]
    return _systemd_run([*words, "--", *command]).stderr.strip()[-400:]


def run_on_active(unit: str, seconds: int) -> None:
    """Starts a unit after so many seconds, by a timer of the same name."""
    done = _systemd_run(
        ["--quiet", f"--on-active={seconds}", "--timer-property=AccuracySec=1s", f"--unit={unit}"]
    )
    if done.returncode:
        raise ConvergeError(f"no timer can be set for {unit}", done.stderr.strip()[-400:])


def _systemd_run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-run", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def journal(unit: str) -> str:
    """The last lines that a unit wrote to the journal."""
    done = subprocess.run(
        ["journalctl", "--no-pager", "--output=cat", f"--lines={LINES}", "--unit", unit],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=30,
        check=False,
    )
    return printable(done.stdout)


def _fact(block: str) -> UnitFact:
    lines = (line.partition("=") for line in block.splitlines())
    found = {name: value for name, _, value in lines}
    return UnitFact(
        loaded=found.get("LoadState", ""),
        active=found.get("ActiveState", ""),
        enabled=found.get("UnitFileState", ""),
        main_pid=int(found.get("MainPID") or 0),
        drop_ins=tuple(found.get("DropInPaths", "").split()),
        stale=found.get("NeedDaemonReload") == "yes",
    )
