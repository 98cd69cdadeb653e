"""Faults and counters on demand: how one asks a running simulator, through a socket beside its plant file.

The socket takes one JSON object a line and answers with one: ``{"faults": {DEVICE: ["offline", ...]}}``
replaces the faults of these devices (an empty list ends them), ``{"counter": {DEVICE: POINT}}`` makes a
point a counter that begins at 0, and every answer holds ``{"devices": {DEVICE: {"faults": [...],
"counters": {POINT: LAST}, ...}}}`` or ``{"error": TEXT}``.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiotctl.errors import Exit, failure
from aiotctl.simulators.faults import parse_fault

SOCKET = "control.sock"
"""Name of the socket in the plant's folder."""
ANSWER_S = 10.0


def set_faults(folder: Path, faults: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Make devices (by address) show these faults and no others; an empty sequence ends them.

    ``folder`` is that of the plant file. Returns the state of every device; raises `AiotctlError` where no
    simulator runs or a device or fault is unknown.
    """
    for texts in faults.values():
        for text in texts:
            parse_fault(text)
    return ask(folder, {"faults": {device: list(texts) for device, texts in faults.items()}})


def start_counter(folder: Path, device: str, point: str) -> dict[str, Any]:
    """Make a numeric point a counter that begins at 0 and rises by 1 with each value given away."""
    return ask(folder, {"counter": {device: point}})


def state(folder: Path) -> dict[str, Any]:
    """Faults, counters and message counts of every device."""
    return ask(folder, {})


def ask(folder: Path, question: Mapping[str, Any]) -> dict[str, Any]:
    """Send one question to the simulator whose plant lies in this folder."""
    try:
        answer = _exchange(folder, json.dumps(question).encode("utf-8") + b"\n")
    except OSError as error:
        raise failure(
            "simulator-absent",
            "No simulator answers",
            f"{folder / SOCKET}: {error.strerror or error}.",
            "Start it with `aiotctl apply` or `aiotctl simulate`.",
            Exit.UNREACHABLE,
        ) from error
    if "error" in answer:
        raise failure(
            "simulator-refuses",
            "The simulator does not take this",
            str(answer["error"]),
            "`aiotctl show` lists the devices; the fault must be one that the device's protocol knows.",
            Exit.USAGE,
        )
    return answer["devices"]


def _exchange(folder: Path, line: bytes) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, short_path(folder) as path:
        connection.settimeout(ANSWER_S)
        connection.connect(path)
        connection.sendall(line)
        with connection.makefile("rb") as answers:
            return json.loads(answers.readline() or b'{"error": "the simulator went away"}')


@contextmanager
def short_path(folder: Path) -> Generator[str]:
    """A path to the socket that fits the 107 bytes a socket's name may have, however deep the folder lies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)
