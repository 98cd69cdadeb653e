"""What runs and listens on this Linux host, read from /proc in one pass."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MARKER = "AIOTCTL_SERVICE"
_PREFIX = MARKER.encode() + b"="
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """One live process; `started` is in seconds since boot and, with pid, names it for good."""

    pid: int
    parent: int
    started: float
    marker: str | None

    @property
    def root(self) -> str | None:
        """The host root that it carries the mark of."""
        return self.marker.rsplit(":", 1)[0] if self.marker else None

    @property
    def service(self) -> str:
        """The service it is part of; empty for supervisord and launchers."""
        return self.marker.rsplit(":", 1)[1] if self.marker else ""


@dataclass(frozen=True, slots=True)
class Listener:
    """A TCP socket that accepts connections."""

    host: str
    port: int
    inode: int

    def serves(self, host: str, port: int) -> bool:
        """Whether a service could not listen on host and port beside it."""
        anywhere = ("0.0.0.0", "::")
        return port == self.port and (
            self.host in anywhere or host in anywhere or _plain(host) == _plain(self.host)
        )


def scan() -> dict[int, Process]:
    """Every live process that may be looked at, by pid; zombies are not live."""
    found: dict[int, Process] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            process = look_at(int(entry.name))
            if process is not None:
                found[process.pid] = process
    return found


def look_at(pid: int) -> Process | None:
    """The process, or None when it is gone, a zombie or not ours to look at."""
    try:
        line = _read(pid, "stat")
    except OSError:
        return None
    # The command's name stands in parentheses and may itself hold spaces and parentheses.
    state, parent, *rest = line[line.rindex(b")") + 2 :].split()
    if state in (b"Z", b"X"):
        return None
    return Process(pid, int(parent), int(rest[17]) / _TICK, _marker(pid))


def _marker(pid: int) -> str | None:
    try:
        environment = _read(pid, "environ")
    except OSError:
        return None
    if _PREFIX not in environment:
        return None
    for pair in environment.split(b"\0"):
        if pair.startswith(_PREFIX):
            return os.fsdecode(pair[len(_PREFIX) :])
    return None


def _read(pid: int, name: str) -> bytes:
    """A file of a process. Not by a Path: making those took half the time of looking at all processes."""
    with io.FileIO(f"/proc/{pid}/{name}") as file:
        return file.readall()


def seconds_since_boot() -> float:
    """The clock that `started` is read on."""
    return float(Path("/proc/uptime").read_text().split()[0])


def is_alive(process: Process) -> bool:
    """Whether this very process still runs (and not another that got its number)."""
    now = look_at(process.pid)
    return now is not None and now.started == process.started


def link(pid: int, name: str) -> str:
    """Where /proc/PID/exe or cwd points; empty when it may not be known."""
    try:
        return os.readlink(f"/proc/{pid}/{name}")  # noqa: PTH115 (see _read)
    except OSError:
        return ""


def arguments(pid: int) -> list[str]:
    """A process's command as words; empty when it may not be known."""
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")[:-1]
    except OSError:
        return []


def command_line(pid: int) -> str:
    """The first words of a process's command, fit for a message."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(arguments(pid)[:2]))[:120].strip()


def listeners() -> list[Listener]:
    """All listening TCP sockets of this network namespace."""
    found: list[Listener] = []
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == "0A":
                    address, port = words[1].rsplit(":", 1)
                    found.append(Listener(_address(address, family), int(port, 16), int(words[9])))
    return found


def socket_inodes(pids: Iterable[int]) -> dict[int, int]:
    """Which of these processes holds which socket: inode to pid."""
    held: dict[int, int] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for entry in os.scandir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    target = str(Path(entry.path).readlink())
                    if target.startswith("socket:["):
                        held[int(target[8:-1])] = pid
    return held


def _address(text: str, family: socket.AddressFamily) -> str:
    # Words of four bytes, each in the machine's own byte order.
    raw = bytes.fromhex(text)
    if sys.byteorder == "little":
        raw = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    return socket.inet_ntop(family, raw)


def _plain(host: str) -> str:
    return {"localhost": "127.0.0.1"}.get(host, host.removeprefix("::ffff:"))
