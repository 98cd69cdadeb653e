"""Packages whose version a change replaced, put back from the archives that apt has kept on the host.

Ansible's roles install packages and note what they replaced, in ``replaced.json`` beside the roots: an object
of names and former versions. It is there until the change is confirmed or taken back.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import subprocess
from pathlib import Path

from .files import remove
from .runtimes import Tell

NAME = "replaced.json"
ARCHIVES = Path("/var/cache/apt/archives")
_PATIENCE = 300.0  # seconds for dpkg and the packages' own scripts


def forget(root: Path) -> None:
    """What was replaced is not needed any more."""
    remove(root.parent / NAME)


def put_back(root: Path, tell: Tell) -> tuple[str, ...]:
    """Installs the former versions whose archives are here; says which packages stay as they are, and why."""
    former: dict[str, str] = {}
    with contextlib.suppress(FileNotFoundError):
        former = json.loads((root.parent / NAME).read_bytes())
    left: list[str] = []
    archives: list[Path] = []
    for name, version in former.items():
        now = _version(name)
        if now in ("", version):
            continue
        found = _archive(name, version)
        if found:
            tell(f"putting {name} {version} back")
            archives.append(found)
        else:
            left.append(f"package {name} stays at {now}: no archive of {version} is kept in {ARCHIVES}")
    complaint = _install(archives) if archives else ""
    return (*left, f"packages stay: {complaint}") if complaint else tuple(left)


def _archive(name: str, version: str) -> Path | None:
    pattern = f"{glob.escape(name)}_{glob.escape(version.replace(':', '%3a'))}_*.deb"
    return next(iter(sorted(ARCHIVES.glob(pattern))), None)


def _version(name: str) -> str:
    """The version that is installed; empty where none is."""
    words = ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Version}", name]
    status, _, version = subprocess.run(words, capture_output=True, text=True).stdout.partition(" ")
    return version if status == "installed" else ""


def _install(archives: list[Path]) -> str:
    """Without a network, all together; what dpkg complains about, empty where it went well."""
    words = ["dpkg", "--install", "--force-confold", *map(str, archives)]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return "dpkg did not come to its end"
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return "" if done.returncode == 0 else (said[-1] if said else f"dpkg ended with {done.returncode}")
