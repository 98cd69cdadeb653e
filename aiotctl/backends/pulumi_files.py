"""The files that an operation of a stack works on: its project's folder, and the log of what is said."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from aiotctl.backends.stack_folder import StackFile

LOGS_KEPT = 40
UNUSED_S = 7 * 86_400
"""A project's folder that nobody has used for so long goes."""


def project_folder(cache: Path, files: Sequence[StackFile]) -> Path:
    """The folder with these files, made where it is not there: what is not changed is compiled only once."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.path}\0{file.mode}\0{len(file.content)}\0".encode() + file.content)
    final = cache / whole.hexdigest()[:16]
    settings = [file for file in files if file.path.startswith("Pulumi.")]
    if not final.is_dir():
        draft = cache / f".draft-{os.getpid()}-{threading.get_ident()}"
        try:
            for file in files:
                _write(draft / file.path, file)
            draft.rename(final)
        except OSError:
            if not final.is_dir():  # another process was no faster than we
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    for file in settings:  # the engine writes into them
        _write(final / file.path, file)
    os.utime(final)
    _sweep(cache)
    return final


def _sweep(cache: Path) -> None:
    before = time.time() - UNUSED_S
    for folder in cache.iterdir():
        with suppress(FileNotFoundError):  # another process sweeps too
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, file: StackFile) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    draft.write_bytes(file.content)
    draft.chmod(file.mode)
    draft.replace(path)


def log_file(folder: Path, stack: str, operation: str) -> Path:
    """A file for the log of one operation; the oldest ones go."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime)
    for file in kept[: 1 - LOGS_KEPT]:
        file.unlink(missing_ok=True)
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    return folder / f"{stack}-{operation}-{moment}.log"
