"""Who holds an environment: a file that says so, renewed by a heartbeat while its holder lives.

On the holder's own machine its process is asked for (number and start time), so that a killed one is noticed
at once and a slow or stopped one keeps its lock however long it takes; elsewhere the lease counts, by the
wall clock.
"""

from __future__ import annotations

import getpass
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aiotctl.model.record import LockHolder

LEASE_S = 60.0
HEARTBEAT_S = 10.0


@dataclass(frozen=True, slots=True)
class Process:
    """A running program, told apart from a later one of the same number.

    ``machine`` names the boot of the kernel and the process namespace; ``started`` counts ticks since boot.
    """

    machine: str
    host: str
    number: int
    started: str

    @classmethod
    def this(cls) -> Self:
        """The program that asks."""
        return cls(_machine(), socket.gethostname(), os.getpid(), _started(os.getpid()) or "")

    def is_dead(self) -> bool | None:
        """Whether it has ended; None where it runs on another machine and nobody here can know."""
        if self.machine != _machine():
            return None
        return _started(self.number) != self.started


@dataclass(frozen=True, slots=True)
class Lease:
    """What the lock's file holds. Times are seconds since the epoch."""

    holder: LockHolder
    process: Process
    renewed: float
    lease_s: float = LEASE_S

    def ended(self, now: float) -> str:
        """Why the lock counts no longer, in words; empty while it does."""
        dead = self.process.is_dead()
        if dead:
            return f"its process {self.process.number} has ended without releasing it"
        silent = now - self.renewed
        if dead is None and silent > self.lease_s:
            return f"{self.process.host} has not renewed it for {silent:.0f} s"
        return ""


def who() -> str:
    """The person and machine that run this, as ``user@host``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def now() -> float:
    """Seconds since the epoch."""
    return time.time()


def _machine() -> str:
    """This boot of this kernel, and the process namespace: only there does a process number mean anything."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{socket.gethostname()}/{os.getpid()}"  # unknown: equal to no other


def _started(number: int) -> str | None:
    """When a process started, in clock ticks since boot; None where there is none or only a zombie."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
