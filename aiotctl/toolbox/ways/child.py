"""Runs a program that takes long, tells how long, and never leaves it behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from aiotctl.model.events import ToolProgress
from aiotctl.toolbox.tool import Tell

_LAST_BYTES = 4000


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    tell: Tell,
    progress: tuple[str, str],
) -> tuple[int, str]:
    """Exit code and end of the output. `progress` is (tool, what): told each second with the seconds so far.

    The child has a session of its own and is killed with all its children when we are interrupted.
    """
    tool, what = progress
    child = subprocess.Popen(
        list(command),
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert child.stdout is not None
    output = b""
    started, told = time.monotonic(), -1
    try:
        while True:
            if (seconds := int(time.monotonic() - started)) > told:
                told = seconds
                tell(ToolProgress(tool, what, seconds, 0))
            if select.select([child.stdout], [], [], 1.0)[0]:
                chunk = os.read(child.stdout.fileno(), 65536)
                if not chunk:
                    break
                output = (output + chunk)[-_LAST_BYTES:]
        return child.wait(), output.decode(errors="replace")
    finally:
        if child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        child.stdout.close()
