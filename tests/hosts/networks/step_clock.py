"""Moves the clock of aiotctl's services on a machine: ``python3 step_clock.py SECONDS``, as root there.

The machines of the rig share their clock with everything else on the computer, and nobody may set it. But
a process asks for the time by code that the kernel maps into it (the vDSO), and that code can be changed for
one process alone: here it asks the kernel and adds SECONDS to the real time. Monotonic time stays what it is,
as it does when a clock is stepped. A process that a service starts later inherits the step; a service that is
restarted sees the true time, and so do timers of the kernel and time stamps of files. 0 undoes a step.
"""

from __future__ import annotations

import os
import platform
import re
import signal
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

ROOM = 256
"""Bytes at the end of the vDSO that hold nothing: offset, mark, code."""

MARK = b"stepped\0"
CODE_AT = 16

# How each function answers: by the system call of its own, then with the offset added. ``0`` stands for the
# way from there to the offset.
FUNCTIONS = {
    # eax = clock_gettime(edi, rsi); where it is real time (0, or 5: coarse), seconds at rsi += offset
    "__vdso_clock_gettime": "b8e4000000 0f05 85c0 7513 85ff 7405 83ff05 750a 488b0d 0 48010e c3",
    # gettimeofday(rdi, rsi); seconds at rdi += offset
    "__vdso_gettimeofday": "b860000000 0f05 4885ff 740a 488b0d 0 48010f c3",
    # rax = time(rdi) + offset; where rdi is given, it takes it as well
    "__vdso_time": "b8c9000000 0f05 480305 0 4885ff 7403 488907 c3",
}


def step(pid: int, seconds: int) -> None:
    """Steps the clock of one process, which stands still meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        while "State:\tT" not in Path(f"/proc/{pid}/status").read_text():
            time.sleep(0.001)
        with Path(f"/proc/{pid}/mem").open("r+b", buffering=0) as memory:
            low, high = vdso(pid)
            room = high - ROOM
            if read(memory, room, ROOM)[8:16] != MARK:
                install(memory, low, high)
            write(memory, room, struct.pack("<q", seconds))
    finally:
        os.kill(pid, signal.SIGCONT)


def vdso(pid: int) -> tuple[int, int]:
    """Where it lies in a process."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    found = re.search(r"^(\w+)-(\w+) .*\[vdso\]$", maps, re.MULTILINE)
    if found is None:
        raise SystemExit(f"process {pid} has no vDSO")
    return int(found[1], 16), int(found[2], 16)


def install(memory: BinaryIO, low: int, high: int) -> None:
    """Puts the answers into the room at the end, then lets each function jump to its own."""
    image, room = read(memory, low, high - low), high - ROOM
    if any(image[-ROOM:]):
        raise SystemExit("this kernel's vDSO has no room at its end")
    entries, at, code = dict(symbols(image)), room + CODE_AT, b""
    jumps: dict[int, bytes] = {}
    for name, text in FUNCTIONS.items():
        start = at + len(code)
        entry = low + entries[name]
        jumps[entry] = b"\xe9" + struct.pack("<i", start - entry - 5)
        for part in text.split():
            code += struct.pack("<i", room - (at + len(code) + 4)) if part == "0" else bytes.fromhex(part)
    write(memory, room, struct.pack("<q", 0) + MARK + code)
    for entry, jump in jumps.items():
        write(memory, entry, jump)


def symbols(image: bytes) -> Iterator[tuple[str, int]]:
    """The functions of a 64-bit ELF image, by its dynamic section."""
    (headers,) = struct.unpack_from("<Q", image, 32)
    (number,) = struct.unpack_from("<H", image, 56)
    dynamic: dict[int, int] = {}
    for k in range(number):
        kind, _, offset, _, _, size = struct.unpack_from("<IIQQQQ", image, headers + 56 * k)
        if kind == 2:
            dynamic = dict(struct.unpack_from("<QQ", image, at) for at in range(offset, offset + size, 16))
    texts, table = dynamic[5], dynamic[6]
    for at in range(table, texts, 24):
        name, _, _, _, value, _ = struct.unpack_from("<IBBHQQ", image, at)
        yield image[texts + name : image.index(b"\0", texts + name)].decode(), value


def read(memory: BinaryIO, at: int, size: int) -> bytes:
    memory.seek(at)
    return memory.read(size)


def write(memory: BinaryIO, at: int, content: bytes) -> None:
    memory.seek(at)
    memory.write(content)


def processes() -> list[int]:
    """Those of aiotctl's services, the oldest first: what they start later inherits their step."""
    found = [path for path in Path("/proc").iterdir() if path.name.isdigit()]
    return sorted(int(path.name) for path in found if "/aiotctl-" in _group(path))


def _group(process: Path) -> str:
    try:
        return (process / "cgroup").read_text()
    except OSError:  # it has ended
        return ""


if __name__ == "__main__":
    if platform.machine() != "x86_64":
        raise SystemExit("the code is written for x86_64")
    for pid in processes():
        step(pid, int(sys.argv[1]))
