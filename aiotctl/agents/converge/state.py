"""The manifest on the host: what was put there, for whom, with digests.

It is written twice in an apply: before the first change, as the union of what was there and what is
wanted, with the services about to change marked unfinished; and at the end, as what is there. So a
run killed at any moment leaves nothing unlisted, and the next one knows what to finish.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from .errors import ConvergeError, ManifestError, OwnerError
from .fields import Fields, read_owner
from .files import write_whole
from .manifest import VERSION, Owner

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class AppliedProgram:
    """A program as applied: `path` only when it was delivered; `key` tells whether to digest again."""

    path: str | None
    digest: str
    key: str


@dataclass(frozen=True, slots=True)
class AppliedService:
    """A service as applied; digests are None while a change is under way."""

    definition: str | None
    files: str | None
    stop_signal: str
    stop_seconds: int


def _no_paths() -> dict[str, bool]:
    return {}


@dataclass(frozen=True, slots=True)
class Applied:
    """All that was put on one host. Directories map their path to whether they hold data."""

    owner: Owner
    host: str
    socket: str
    files: dict[str, str] = field(default_factory=dict[str, str])
    directories: dict[str, bool] = field(default_factory=_no_paths)
    programs: dict[str, AppliedProgram] = field(default_factory=dict[str, AppliedProgram])
    services: dict[str, AppliedService] = field(default_factory=dict[str, AppliedService])
    complete: bool = False
    runtime: str = "process"
    firewall: bool = False


def unfinished(service: AppliedService) -> AppliedService:
    """The service marked as being changed."""
    return replace(service, definition=None, files=None)


def write_state(root: Path, applied: Applied) -> None:
    """Writes the manifest on the host, whole, readable by its owner alone."""
    value = {
        "version": VERSION,
        "owner": {
            "blueprint": applied.owner.blueprint,
            "environment": applied.owner.environment,
            "lineage": applied.owner.lineage,
        },
        "host": applied.host,
        "socket": applied.socket,
        "runtime": applied.runtime,
        "firewall": applied.firewall,
        "complete": applied.complete,
        "files": applied.files,
        "directories": applied.directories,
        "programs": {
            name: {"path": p.path, "digest": p.digest, "key": p.key} for name, p in applied.programs.items()
        },
        "services": {
            name: {
                "definition": s.definition,
                "files": s.files,
                "stop_signal": s.stop_signal,
                "stop_seconds": s.stop_seconds,
            }
            for name, s in applied.services.items()
        },
    }
    write_whole(root / NAME, (json.dumps(value, indent=1) + "\n").encode(), 0o600, None)


def read_state(root: Path) -> Applied | None:
    """What was put under this root, None when nothing was; raises ConvergeError when it is not readable."""
    path = root / NAME
    try:
        value: object = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        raise ConvergeError(f"{root} is not a folder", hint="move it away and apply again") from None
    except PermissionError:
        raise OwnerError(
            f"{path} may not be read", "another OS user applied here", "apply as that user"
        ) from None
    except (OSError, ValueError) as error:
        raise ConvergeError(
            f"{path} is damaged",
            str(error),
            "move it away and apply again: what is wanted is put in place anew",
        ) from None
    try:
        return _read(Fields(value, str(path)))
    except ManifestError as error:
        raise ConvergeError(
            f"{path} cannot be understood", str(error), "it may be of a newer aiotctl: use that version"
        ) from None


def _read(fields: Fields) -> Applied:
    if fields.take("version") != VERSION:
        raise ManifestError(f"version {VERSION} expected, found {fields.take('version')!r}")
    return Applied(
        owner=read_owner(fields.take("owner")),
        host=fields.text("host"),
        socket=fields.text("socket"),
        complete=fields.flag("complete", False),
        runtime=fields.text("runtime", "process"),
        firewall=fields.flag("firewall", False),
        files=dict(fields.text_map("files")),
        directories={path: flag is True for path, flag in _object(fields, "directories").items()},
        programs={
            name: AppliedProgram(f.optional_text("path"), f.text("digest"), f.text("key"))
            for name, f in _each(fields, "programs")
        },
        services={
            name: AppliedService(
                f.optional_text("definition"),
                f.optional_text("files"),
                f.text("stop_signal"),
                int(f.number("stop_seconds")),
            )
            for name, f in _each(fields, "services")
        },
    )


def _object(fields: Fields, key: str) -> Mapping[str, object]:
    value = fields.take(key)
    if not isinstance(value, dict):
        raise ManifestError(f"{key}: expected an object")
    return cast("dict[str, object]", value)


def _each(fields: Fields, key: str) -> list[tuple[str, Fields]]:
    return [(name, Fields(value, f"{key}.{name}")) for name, value in _object(fields, key).items()]
