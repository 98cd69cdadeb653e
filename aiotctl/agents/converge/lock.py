"""One converge at a time on a root."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .errors import BusyError, ConvergeError

_PATIENCE = 150.0
"""Seconds: the converge of a killed apply goes on to its end, and a service may take 90 s to start."""


@contextmanager
def root_lock(root: Path) -> Generator[None]:
    """Holds the root; the kernel lets go of it when the process ends, however it ends.

    The lock is on the folder itself, so that it needs no file of its own.
    """
    try:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ConvergeError(f"{root} cannot be opened", error.strerror or "") from None
    try:
        _wait_for(handle, root)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, root: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise BusyError(
                    f"another converge works on {root}", hint="wait for it, then apply again"
                ) from None
        time.sleep(0.1)
