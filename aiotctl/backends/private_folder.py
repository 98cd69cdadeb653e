"""The folder that a play reads its inventory and manifests from. It holds secrets, so none may be left."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from aiotctl.agents.converge.errors import ConvergeError
from aiotctl.agents.converge.stopping import stop_processes
from aiotctl.backends.ansible_processes import freeze_play

PREFIX = "aiotctl-ansible-"


@contextmanager
def private_folder() -> Generator[Path]:
    """A 0700 folder that is gone afterwards; one that a killed aiotctl has left goes with the next.

    The kernel's lock on it says that its aiotctl lives, however that may end.
    """
    sweep()
    folder, handle = _locked_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)
        sweep()


def sweep() -> None:
    """Removes this user's folders whose aiotctl is gone, and ends what is left of its play.

    A worker of Ansible that has lost its play waits for ever to tell of a result that fills its pipe.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError, ConvergeError):  # what cannot be ended stays for the next
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(handle).st_uid == os.geteuid() and _lock(handle):
                    stop_processes(freeze_play(folder), "KILL")
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


def _locked_folder() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            if _lock(handle) and folder.is_dir():
                return folder, handle
            os.close(handle)  # another's sweep saw it before it was locked


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
