"""Kills a first apply at a chosen moment and tells how far its journal had come."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .laptop import ENVIRONMENT, Laptop

PHASES = ("begin", "unit-start", "unit-done", "end")
BEFORE, AFTER = "before begin", "after end"
"""The apply compiled, planned or looked for ports; it had cleared its journal, or was done."""

_LOOK_S = 0.0002


@dataclass(frozen=True)
class Moment:
    """When to kill: some seconds after the start, or as soon as the journal has come to a phase."""

    seconds: float = 0.0
    phase: str = ""

    def __str__(self) -> str:
        return f"at {self.phase}" if self.phase else f"after {self.seconds:.2f} s"


def killed_at(laptop: Laptop, moment: Moment) -> str:
    """Starts a first apply, kills its own process (never its children) and gives the phase it was in."""
    process = laptop.start(
        "apply", "--env", ENVIRONMENT, "--yes", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    began, journal = time.monotonic(), laptop.state / "journal.ndjson"
    while process.poll() is None and not _has_come(moment, journal, time.monotonic() - began):
        time.sleep(_LOOK_S)
    # Stopped first, so that the phase that is read is the one it is killed in.
    if process.poll() is None:
        os.kill(process.pid, signal.SIGSTOP)
        phase = _phase(laptop, journal)
        os.kill(process.pid, signal.SIGKILL)
    else:
        phase = AFTER
    process.wait()
    return phase


def _has_come(moment: Moment, journal: Path, passed: float) -> bool:
    return moment.phase in _written(journal) if moment.phase else passed >= moment.seconds


def _phase(laptop: Laptop, journal: Path) -> str:
    """The last phase in the journal. A journal that is not there has not begun, or was cleared at the end."""
    if written := _written(journal):
        return written[-1]
    record = laptop.state / "record.json"
    return AFTER if record.exists() and json.loads(record.read_bytes())["record"]["units"] else BEFORE


def _written(journal: Path) -> list[str]:
    try:
        lines = journal.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [json.loads(line)["phase"] for line in lines if line.endswith(b"\n")]
