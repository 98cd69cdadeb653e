"""Runs a function in a child: killed at a chosen moment, on a full or read-only disk, as another user."""

import ctypes
import errno
import io
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from aiotctl.errors import AiotctlError

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


class NotAllowedError(Exception):
    """The machine does not let this user make a mount of its own."""


def in_child(call: Callable[[], object]) -> object:
    """The result of a call in a child, or the AiotctlError it raised; anything else fails the test."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with os.fdopen(write, "wb") as pipe:
            pickle.dump(_outcome(call), pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        kind, result = pickle.load(pipe)
    os.waitpid(child, 0)
    if kind == "not allowed":
        raise NotAllowedError(result)
    assert kind == "result", result
    return result


def _outcome(call: Callable[[], object]) -> tuple[str, object]:
    try:
        return "result", call()
    except AiotctlError as error:
        return "result", error.diagnostics[0]
    except NotAllowedError as error:
        return "not allowed", str(error)
    except BaseException:
        return "traceback", traceback.format_exc()


def killed_at(moment: int, call: Callable[[], object]) -> bool:
    """Runs a call in a child that gets SIGKILL at its n-th moment: right before or after a system call.

    False when the call ended before that.
    """
    child = os.fork()
    if child == 0:
        left = moment

        def count(_frame: object, event: str, called: object) -> None:
            nonlocal left
            if event in ("c_call", "c_return") and _is_system_call(called):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(count)
        try:
            call()
        finally:
            sys.setprofile(None)
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _is_system_call(called: object) -> bool:
    return getattr(called, "__module__", "") in ("posix", "fcntl") or isinstance(
        getattr(called, "__self__", None), io.IOBase
    )


def own_mount(folder: Path, size: str) -> None:
    """Puts a small disk on a folder, seen by this process alone; for use in a child."""
    _namespace()
    _checked(_libc.mount(b"none", bytes(folder), b"tmpfs", 0, f"size={size},mode=700".encode()))


def read_only(folder: Path) -> None:
    """Makes a folder read-only for this process alone; for use in a child."""
    _namespace()
    _checked(_libc.mount(bytes(folder), bytes(folder), None, MS_BIND, None))
    _checked(_libc.mount(b"none", bytes(folder), None, MS_REMOUNT | MS_BIND | MS_RDONLY, None))


def shut_out_of(folder: Path) -> None:
    """Takes the rights on a folder from this process: root becomes nobody. For use in a child."""
    folder.chmod(0)
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def _namespace() -> None:
    user, group = os.getuid(), os.getgid()
    _checked(_libc.unshare(CLONE_NEWNS | (0 if user == 0 else CLONE_NEWUSER)))
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _checked(_libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))


def _checked(result: int) -> None:
    if result != 0:
        raise NotAllowedError(errno.errorcode[ctypes.get_errno()])
