"""How the benches measure: whole processes, interpreter start included, best of several; and what a row
must reach.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

AIOTCTL = (sys.executable, "-m", "aiotctl")

_SURROUNDINGS = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Programs are measured as they are installed: compiled once, not anew at each start."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``at_most`` or ``at_least`` is what it must reach; neither where it is only reported."""

    key: str
    what: str
    value: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the figure is as good as it must be."""
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)


def seconds(command: Sequence[str], times: int = 3, codes: Sequence[int] = (0,), **environment: str) -> float:
    """Best wall-clock time of a process. Raises RuntimeError, with its output, when it ends with another
    code.
    """
    return min(_once(command, codes, environment) for _ in range(times))


@dataclass(frozen=True, slots=True)
class Ran:
    """A process that came to a good end: what it said, its wall-clock time, and the seconds of processor that
    it and its children took (which others on the machine hardly change)."""

    said: str
    seconds: float
    processor: float


def run(
    command: Sequence[str],
    codes: Sequence[int] = (0,),
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Ran:
    """Runs a process once. Raises RuntimeError, with its output, when it ends with another code."""
    before, started = _processor(), time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    took = time.perf_counter() - started
    if done.returncode not in codes:
        said = f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {said}")
    return Ran(done.stdout, took, _processor() - before)


def shown(what: str, ran: Ran) -> Ran:
    """Tells on the way how long something took."""
    print(f"  {what}: {ran.seconds:.1f} s, {ran.processor:.1f} s of processor", flush=True)
    return ran


def _processor() -> float:
    """Seconds of the processor that ended children took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def peak_megabytes(command: Sequence[str], **environment: str) -> float:
    """Peak resident memory of one process, in MB of 10^6 bytes."""
    code = "import resource, subprocess, sys; "
    code += "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); "
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        capture_output=True,
        text=True,
        check=True,
        env={**_SURROUNDINGS, **environment},
    )
    return int(done.stdout) * 1024 / 1e6  # Linux counts in KiB


def _once(command: Sequence[str], codes: Sequence[int], environment: Mapping[str, str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, text=True, env={**_SURROUNDINGS, **environment}, check=False
    )
    elapsed = time.perf_counter() - started
    if done.returncode not in codes:
        raise RuntimeError(
            f"{' '.join(command)} ended with {done.returncode}: {done.stdout[-800:]}{done.stderr[-800:]}"
        )
    return elapsed


def findings(command: Sequence[str], **environment: str) -> list[str]:
    """What a validate tells: the lines of its JSON form but the first, which names the version."""
    done = subprocess.run(
        [*command, "--format", "json"],
        capture_output=True,
        text=True,
        env={**_SURROUNDINGS, **environment},
        check=False,
    )
    return done.stdout.splitlines()[1:]
