"""Pulumi's locks on a stack: whose they are, and whether their owners still live. Used in the child."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from aiotctl.backends.pulumi_told import Waiting

_HELD = re.compile(r"created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)")
"""How the engine tells of a lock, on every kind of backend (backend/diy/lock.go)."""


def holders(refusal: str) -> tuple[Waiting, ...]:
    """The engines that hold a stack, read from the refusal that another one got."""
    return tuple(Waiting(who, host, int(pid), since) for who, host, pid, since in _HELD.findall(refusal))


def is_gone(holder: Waiting) -> bool:
    """Whether the engine that took the lock was killed: it ran on this machine and no longer does."""
    if holder.host != socket.gethostname():
        return False
    try:
        command = Path(f"/proc/{holder.pid}/cmdline").read_bytes()
    except OSError:
        return True
    return b"pulumi" not in command.split(b"\0")[0].rpartition(b"/")[2]
