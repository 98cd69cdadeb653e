"""How the benches measure: whole processes, interpreter start included, best of several; and what a row
must reach.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

AIOTCTL = (sys.executable, "-m", "aiotctl")


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
        env={**os.environ, **environment},
    )
    return int(done.stdout) * 1024 / 1e6  # Linux counts in KiB


def _once(command: Sequence[str], codes: Sequence[int], environment: Mapping[str, str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=False
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
        env={**os.environ, **environment},
        check=False,
    )
    return done.stdout.splitlines()[1:]
