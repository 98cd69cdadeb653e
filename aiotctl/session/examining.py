"""Examining a blueprint, with the outcome kept until any byte that went into it changes.

The key covers the bytes of every file that was read, files that were asked for and are missing, and the
program
itself: the files of this package, and the other packages that add entries to its catalog.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from aiotctl.diagnostics import Diagnostic, Place, Severity

FORMAT = 1
SWITCH = "AIOTCTL_CACHE"
"""Set to ``off``, nothing is kept and nothing that was kept is believed."""

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """All findings on a blueprint, and how much it describes (empty where it could not be read)."""

    findings: tuple[Diagnostic, ...]
    sizes: Mapping[str, int]

    @property
    def sound(self) -> bool:
        """Whether nothing stands in the way of a plan."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


def outcome(file: Path) -> Outcome:
    """The outcome for a blueprint's file: the one that was kept, if nothing has changed since."""
    if os.environ.get(SWITCH, "").lower() == "off":
        return _examine(file, {})
    kept = _kept(file)
    known = _recall(kept)
    if known is not None:
        return known
    read: dict[str, str | None] = {}
    made = _examine(file, read)
    _keep(kept, made, read)
    return made


def _examine(file: Path, read: dict[str, str | None]) -> Outcome:
    """Examines anew; ``read`` receives the digest of each file that was asked for, None where it is
    missing.
    """
    from aiotctl.pipeline.examine import examine
    from aiotctl.pipeline.load import read_bytes

    def recorded(name: str) -> bytes:
        read[name] = None
        content = read_bytes(name)
        read[name] = hashlib.sha256(content).hexdigest()
        return content

    examined = examine(file, recorded)
    blueprint = examined.blueprint
    if blueprint is None:
        return Outcome(examined.findings, {})
    sites = blueprint.sites.values()
    sizes = {
        "environment": len(blueprint.environments),
        "site": len(blueprint.sites),
        "gateway": sum(len(site.gateways) for site in sites),
        "device": sum(len(site.devices) for site in sites),
    }
    return Outcome(examined.findings, sizes)


def _kept(file: Path) -> Path:
    """Where the outcome for a file is kept. Findings name files as they were given, so the name is in the
    key.
    """
    home = os.environ.get("XDG_CACHE_HOME", "")
    folder = Path(home) if home.startswith("/") else Path.home() / ".cache"
    name = hashlib.sha256(f"{Path.cwd()}\0{file}".encode()).hexdigest()[:32]
    return folder / "aiotctl" / "findings" / f"{name}.json"


def _recall(kept: Path) -> Outcome | None:
    try:
        content = cast("dict[str, Any]", json.loads(kept.read_bytes()))
        if (content["format"], content["program"]) != (FORMAT, _program()):
            return None
        if any(_digest(name) != digest for name, digest in content["files"].items()):
            return None
        return Outcome(tuple(_finding(one) for one in content["findings"]), content["sizes"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # nothing was kept, or it cannot be believed: the file is examined anew


def _keep(kept: Path, made: Outcome, read: Mapping[str, str | None]) -> None:
    content = {
        "format": FORMAT,
        "program": _program(),
        "files": dict(read),
        "findings": [asdict(finding) for finding in made.findings],
        "sizes": dict(made.sizes),
    }
    draft = kept.with_name(f"{kept.name}.{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(kept)
    except OSError:
        draft.unlink(missing_ok=True)  # a cache that cannot be written costs time and nothing else


def _finding(fields: dict[str, Any]) -> Diagnostic:
    fields["severity"] = Severity(fields["severity"])
    fields["place"] = Place(*fields["place"]) if fields["place"] else None
    fields["related"] = tuple((Place(*place), word) for place, word in fields["related"])
    return Diagnostic(**fields)


def _digest(name: str) -> str | None:
    digest = hashlib.sha256()
    try:
        with Path(name).open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except (OSError, ValueError):
        return None
    return digest.hexdigest()


@cache
def _program() -> str:
    """A digest that changes whenever the program may find something else."""
    here = Path(__file__).parents[1]
    parts = [f"{name} {size} {changed}" for name, size, changed in _files(here)]
    return hashlib.sha256("\n".join([*sorted(parts), *sorted(_foreign_entries())]).encode()).hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            if entry.name != "__pycache__":
                yield from _files(Path(entry.path))
        else:
            found = entry.stat()
            yield entry.path, found.st_size, found.st_mtime_ns


def _foreign_entries() -> Iterator[str]:
    from importlib.metadata import distributions

    for package in distributions():
        for point in package.entry_points:
            if point.group.startswith("aiotctl."):
                yield f"{point.group} {point.name} {package.name} {package.version}"
