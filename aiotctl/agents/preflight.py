"""What a host is and what is in the way there, asked before the first change; changes nothing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .converge.errors import ConvergeError
from .converge.procfs import command_line, listeners, scan, socket_inodes
from .converge.state import NAME, read_state

_OURS = "aiotctl-"


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Facts about this host. The request has `ports` (pairs of address and number that are to be listened
    on), `services` (units of others to look for, patterns allowed) and `base` (the folder of all our roots).
    """
    base = Path(request["base"])
    return {
        "uid": os.geteuid(),
        "system": platform.system(),
        "machine": platform.machine(),
        "os": _os_release(),
        "systemd": Path("/run/systemd/system").is_dir(),
        "free_bytes": _free(base),
        "holders": _holders(request["ports"]),
        "active": _active(request["services"]),
        "owners": [_owner(path.parent) for path in sorted(base.glob(f"*/{NAME}"))],
        "time": time.time(),
    }


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _free(folder: Path) -> int:
    there = next(path for path in (folder, *folder.parents) if path.is_dir())
    return shutil.disk_usage(there).free


def _holders(ports: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Who listens where we want to: the port, the unit (empty: none) and the process."""
    open_ports = listeners()
    wanted = [(number, lst) for host, number in ports for lst in open_ports if lst.serves(host, number)]
    if not wanted:
        return []
    pids = socket_inodes(scan())
    found: dict[int, dict[str, Any]] = {}
    for number, listener in wanted:
        pid = pids.get(listener.inode, 0)
        unit = _unit(pid)
        if not unit.startswith(_OURS):
            found[number] = {"port": number, "unit": unit, "process": command_line(pid) if pid else ""}
    return list(found.values())


def _unit(pid: int) -> str:
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return ""
    named = re.findall(r"/([^/\n]+\.(?:service|scope))$", groups, re.MULTILINE)
    return str(named[-1]) if named else ""


def _active(patterns: Sequence[str]) -> list[str]:
    """Which of these units run."""
    if not patterns or not shutil.which("systemctl"):
        return []
    words = [
        "systemctl",
        "list-units",
        "--plain",
        "--no-legend",
        "--state=active,activating",
        "--",
        *patterns,
    ]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return sorted({line.split()[0] for line in done.stdout.splitlines() if line.strip()})


def _owner(root: Path) -> dict[str, str]:
    try:
        applied = read_state(root)
    except ConvergeError as error:
        return {"root": str(root), "error": str(error)}
    if applied is None:
        return {"root": str(root), "error": "it went away meanwhile"}
    owner = applied.owner
    return {
        "root": str(root),
        "blueprint": owner.blueprint,
        "environment": owner.environment,
        "lineage": owner.lineage,
        "host": applied.host,
    }
