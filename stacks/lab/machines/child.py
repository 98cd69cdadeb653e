"""Programs that are run for the lab. Each is its own session: an interrupt of this process must not leave one
half done. Long ones end when the work is cancelled.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from typing import IO

from stacks.lab.machines.failure import CancelledError, LabError

_cancelled = threading.Event()
_long: set[subprocess.Popen[bytes]] = set()
_guard = threading.Lock()


def cancel() -> None:
    """Ends what takes long, now and from now on."""
    _cancelled.set()
    with _guard:
        for process in _long:
            os.killpg(process.pid, signal.SIGTERM)


def go_on() -> None:
    """Raises CancelledError where the work was cancelled."""
    if _cancelled.is_set():
        raise CancelledError


def pause(seconds: float) -> None:
    """Waits, unless the work is cancelled."""
    if _cancelled.wait(seconds):
        raise CancelledError


def run(
    words: Sequence[str],
    stdin: bytes | IO[bytes] = b"",
    *,
    timeout: float,
    check: bool = True,
    long: bool = False,
    name: str = "",
) -> subprocess.CompletedProcess[bytes]:
    """What it left behind. Raises LabError with its last words where it fails, unless that is not checked."""
    named = name or words[0]
    source = subprocess.PIPE if isinstance(stdin, bytes) else stdin
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        words, stdin=source, stdout=pipe, stderr=pipe, env=_environment(), start_new_session=True
    )
    if long:
        with _guard:
            _long.add(process)
            if _cancelled.is_set():
                os.killpg(process.pid, signal.SIGTERM)
    try:
        out, err = process.communicate(stdin if isinstance(stdin, bytes) else None, timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise LabError(f"{named} did not end within {timeout:.0f} s") from None
    finally:
        with _guard:
            _long.discard(process)
    if long:
        go_on()
    if check and process.returncode:
        raise LabError(f"{named} failed: {_last_words(err or out)}")
    return subprocess.CompletedProcess(list(words), process.returncode, out, err)


def path() -> str:
    """Where programs are, those for root as well: not everybody's PATH has them."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": path(), "LC_ALL": "C.UTF-8"}


def _last_words(output: bytes) -> str:
    return output.decode(errors="replace").strip()[-2000:] or "it said nothing"
