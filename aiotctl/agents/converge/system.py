"""Packages and accounts that services need: looked at here, brought by whoever applies."""

from __future__ import annotations

import fnmatch
import json
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .manifest import Manifest
from .report import CREATE, OK, UPDATE, Change

_STATUS = Path("/var/lib/dpkg/status")
_RECORD = Path("/var/lib/aiotctl/installed.json")  # the role packages writes it


def look(manifest: Manifest, settled: bool) -> list[Change]:
    """Every package and account with what is to be done about it. `settled`: the host was applied before."""
    packages = _packages() if manifest.packages else {}
    ours = _ours() if manifest.packages else frozenset[str]()
    found = [_package(name, pattern, packages, ours, settled) for name, pattern in manifest.packages]
    there = {entry.pw_name for entry in pwd.getpwall()} if manifest.accounts else set[str]()
    gone = ("it was removed",) if settled else ()
    for name in manifest.accounts:
        missing = name not in there
        found.append(Change("account", name, CREATE if missing else OK, drift=gone if missing else ()))
    return found


def _package(
    name: str, pattern: str, packages: dict[str, dict[str, str]], ours: frozenset[str], settled: bool
) -> Change:
    fields = packages.get(name, {})
    want, _, state = fields.get("Status", "").partition(" ")
    if not state.endswith(" installed"):
        return Change("package", name, CREATE, drift=("it is not installed",) if settled else ())
    if want == "hold" and name in ours:
        return Change("package", name, UPDATE, drift=("it is held",))
    version = fields.get("Version", "")
    if not fnmatch.fnmatch(version, pattern or "*"):
        return Change("package", name, UPDATE, drift=(f"its version is {version}, wanted {pattern}",))
    return Change("package", name, OK)


def _packages() -> dict[str, dict[str, str]]:
    return {fields["Package"]: fields for fields in _stanzas()}


def _stanzas() -> Iterator[dict[str, str]]:
    try:
        text = _STATUS.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:  # no Debian
        return
    for stanza in text.split("\n\n"):
        lines = (line.partition(": ") for line in stanza.splitlines() if line[:1] != " ")
        fields = {name: value for name, _, value in lines}
        if "Package" in fields:
            yield fields


def _ours() -> frozenset[str]:
    try:
        noted: dict[str, Any] = json.loads(_RECORD.read_bytes())
    except (OSError, ValueError):
        return frozenset()
    return frozenset(map(str, noted.get("ours", ())))
