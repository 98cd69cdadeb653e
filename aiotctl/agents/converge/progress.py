"""Notes of what converge does, left on the host for whoever watches."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

PROGRESS = "run/progress"


def noting(root: Path) -> Callable[[str], None]:
    """A teller that appends lines to the host's progress file; that it cannot be written stops nothing."""

    def tell(what: str) -> None:
        with contextlib.suppress(OSError), (root / PROGRESS).open("a", encoding="utf-8") as file:
            file.write(what + "\n")

    return tell
