"""The processes of a running play, so that none outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from aiotctl.agents.converge.procfs import Process, arguments, scan


def freeze_play(folder: Path) -> list[Process]:
    """Stops the processes of a play where they are, so that none can fork on while they are ended.

    Killing its process group would not reach them: its workers have sessions of their own.
    """
    frozen: dict[int, Process] = {}
    while fresh := [process for process in processes_of_play(folder) if process.pid not in frozen]:
        for process in fresh:
            frozen[process.pid] = process
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGSTOP)
    return list(frozen.values())


def processes_of_play(folder: Path) -> list[Process]:
    """ansible-playbook (its inventory lies in `folder`), its workers and the modules they run."""
    table = scan()
    others = [pid for pid in table if pid != os.getpid()]
    found = {pid for pid in others if any(str(folder) in word for word in arguments(pid))}
    size = -1
    while len(found) != size:
        size = len(found)
        found |= {pid for pid, process in table.items() if process.parent in found}
    return [table[pid] for pid in found]
