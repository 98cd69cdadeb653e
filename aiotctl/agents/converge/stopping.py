"""Ends processes by pid: those left over by a supervisord that died, or that outlive their service."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable

from .errors import ConvergeError
from .procfs import Process, is_alive, link

_KILL_PATIENCE = 10.0  # seconds until a killed process must be gone


def stop_processes(processes: Iterable[Process], signal_name: str = "TERM", seconds: float = 10) -> None:
    """Asks processes to end, waits, kills what is left; returns when all are gone."""
    left = _signal(processes, signal.Signals[f"SIG{signal_name}"])
    left = _wait(left, seconds)
    left = _wait(_signal(left, signal.SIGKILL), _KILL_PATIENCE)
    if left:
        names = ", ".join(f"{p.pid} ({link(p.pid, 'exe')})" for p in left)
        raise ConvergeError("a process cannot be ended", names)


def _signal(processes: Iterable[Process], number: signal.Signals) -> list[Process]:
    alive = [p for p in processes if is_alive(p)]
    for process in alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
    return alive


def _wait(processes: list[Process], seconds: float) -> list[Process]:
    deadline = time.monotonic() + seconds
    while (left := [p for p in processes if is_alive(p)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left
