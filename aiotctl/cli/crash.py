"""What a person sees of a defect: a few words and where the details lie, never a traceback."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from aiotctl import __version__
from aiotctl.views.text import escaped


def report(error: Exception) -> None:
    """Writes the traceback into a file of the user's own and tells its path on standard error."""
    details = "".join(traceback.format_exception(error))
    first = escaped(str(error).split("\n")[0])[:200]
    told = [f"error: this is a defect of aiotctl {__version__}: {type(error).__name__}: {first}"]
    path = _write(details)
    if path is not None:
        told.append(f"The details are in {path}; please send them with your report.")
    sys.stderr.write("\n".join(told) + "\n")


def _write(details: str) -> Path | None:
    name = f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    for folder in (Path(state).expanduser() / "aiotctl", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except (OSError, RuntimeError):
            continue
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(details)
        return folder / name
    return None
