"""The ends of logs, fit for a message."""

from __future__ import annotations

import os
from pathlib import Path

_TAIL = 6000  # bytes read from the end of a log
LINES = 20


def last_lines(path: Path) -> str:
    """The last lines of a log file, without control characters; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            return printable(file.read().decode(errors="replace"))
    except OSError:
        return ""


def printable(text: str) -> str:
    """The last lines of a text, control characters replaced by spaces."""
    lines = ["".join(c if c.isprintable() else " " for c in line) for line in text.splitlines()]
    return "\n".join(lines[-LINES:])
