"""Which version a program is. Asked once; remembered as long as the file stays the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from aiotctl.toolbox.digest import digest_of
from aiotctl.toolbox.pins import Pin
from aiotctl.toolbox.settings import Settings

_PATIENCE_S = 20


class Known(NamedTuple):
    """What was found out about a program file; the version is empty where it would not tell."""

    mtime_ns: int
    size: int
    version: str
    digest: str


def known(pin: Pin, program: Path, settings: Settings) -> Known:
    """Version and digest of a program file; starts it only when the file is new or has changed."""
    stat = program.stat()
    memory = _recall(settings)
    remembered = memory.get(str(program))
    if remembered and remembered[:2] == (stat.st_mtime_ns, stat.st_size):
        return remembered
    found = Known(stat.st_mtime_ns, stat.st_size, ask(pin, program), digest_of(program))
    _remember(settings, {**memory, str(program): found})
    return found


def ask(pin: Pin, program: Path) -> str:
    """The version that the program tells, empty where it tells none."""
    try:
        with tempfile.TemporaryDirectory(prefix="aiotctl-") as away:
            _no_telemetry(Path(away))
            answer = subprocess.run(
                [str(program), *pin.version_arguments],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATIENCE_S,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **_at_home(away)},
            )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(pin.version_pattern, answer.stdout + answer.stderr)
    return match[1] if match else ""


def _at_home(folder: str) -> dict[str, str]:
    """Go, Ansible and Pulumi make folders in the home directory even when only asked their version, and
    Pulumi asks its maker for a newer one.
    """
    homes = {"XDG_CONFIG_HOME": folder, "ANSIBLE_HOME": folder, "PULUMI_HOME": folder}
    return {**homes, "PULUMI_SKIP_UPDATE_CHECK": "1"}


_MACHINES = {62: "amd64", 183: "arm64"}
"""Numbers of processors in ELF files (e_machine)."""


def architecture(program: Path) -> str:
    """Go's name of the architecture that an ELF program is for; empty where that cannot be told."""
    with program.open("rb") as file:
        head = file.read(20)
    return _MACHINES.get(int.from_bytes(head[18:20], "little"), "") if head.startswith(b"\x7fELF") else ""


def _no_telemetry(configuration: Path) -> None:
    """Go would start a process that writes there after its answer, when the folder is to be gone."""
    mode = configuration / "go/telemetry/mode"
    mode.parent.mkdir(parents=True)
    mode.write_text("off", "utf-8")


def _recall(settings: Settings) -> dict[str, Known]:
    try:
        entries = json.loads((settings.cache / "versions.json").read_text("utf-8"))
        return {path: Known(*entry) for path, entry in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # a lost memory costs one question per program


def _remember(settings: Settings, memory: dict[str, Known]) -> None:
    kept = {path: entry for path, entry in memory.items() if Path(path).exists()}
    with suppress(OSError):  # a cache that cannot be written is asked again next time
        settings.cache.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=settings.cache, prefix=".versions-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(kept, file)
        Path(name).replace(settings.cache / "versions.json")
