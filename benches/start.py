"""Start-up: the real help of all commands against bare Python."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benches.measure import AIOTCTL, Row, seconds


def rows(folder: Path, full: bool) -> Iterator[Row]:
    """Measures each ten times: they take milliseconds."""
    bare = seconds([sys.executable, "-c", "pass"], times=10)
    script = Path(sys.executable).with_name("aiotctl")
    command = [str(script), "--help"] if script.is_file() else [*AIOTCTL, "--help"]
    yield Row("help_ratio", "aiotctl --help / python -c pass", seconds(command, times=10) / bare, at_most=6.5)
