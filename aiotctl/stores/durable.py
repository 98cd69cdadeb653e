"""Files that are as they were or as they shall be, also after a crash: written beside, synced, renamed."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote

from aiotctl.errors import AiotctlError, failure

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}
TEMPORARY = ".tmp-"
"""Prefix of files under way; what a crash leaves of them is no part of the store."""


def make_folder(folder: Path) -> None:
    """Makes a folder for its owner alone (0700), with those above it."""
    with usable(folder):
        if folder.is_dir():
            return
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


def write(path: Path, *chunks: bytes, mode: int = 0o600) -> None:
    """Replaces a file as a whole and durably. Where that fails, the former file is untouched."""
    temporary = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    with usable(path):
        try:
            _write_new(temporary, chunks, mode)
            temporary.rename(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)


def _write_new(path: Path, chunks: tuple[bytes, ...], mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Deletes what a killed program left of files under way. Whoever calls holds the folder's lock."""
    with usable(folder):
        for left in folder.rglob(f"{TEMPORARY}*"):
            left.unlink(missing_ok=True)


@contextmanager
def exclusive(guard: Path) -> Generator[None]:
    """One program at a time, to read, decide and write. The kernel frees it when its user dies."""
    with usable(guard):
        descriptor = os.open(guard, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with usable(guard):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def usable(path: Path) -> Generator[None]:
    """Turns what the operating system says of a path into an error for the user."""
    try:
        yield
    except OSError as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: OSError) -> AiotctlError:
    """The error for a path that could not be read or written."""
    if error.errno in _FULL:
        return failure(
            "store-full",
            "There is no room to write an environment's state",
            f"{path} could not be written: {error.strerror}. What was there before is untouched.",
            f"Free some room where {path.parent} lies (`df -h {quote(str(path.parent))}`), then run the "
            "command again.",
        )
    if error.errno in _CLOSED:
        return failure(
            "store-closed",
            "An environment's state may not be read or written",
            f"{path}: {error.strerror}. Nothing was changed.",
            f"Make {path.parent} readable and writable for you, or give the environment another `state`.",
        )
    return failure(
        "store-unusable",
        "An environment's state cannot be read or written",
        f"{path}: {error.strerror or error}. What was there before is untouched.",
        f"See what is wrong with {path.parent}, then run the command again.",
    )
