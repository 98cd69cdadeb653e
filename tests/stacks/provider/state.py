"""What a cloud holds: one file a resource, so that processes do not stand in each other's way."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Held:
    """A resource as the cloud holds it. ``seed`` is what its made-up outputs were made from."""

    token: str
    id: str
    name: str
    seed: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Holdings:
    """All resources in a folder."""

    folder: Path

    def put(self, held: Held) -> None:
        """Keeps a resource, whether it is new or not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(held.token, held.id)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(vars_of(held)), encoding="utf-8")
        part.replace(path)

    def get(self, token: str, identity: str) -> Held | None:
        """A resource; None for one that is not there."""
        path = self._path(token, identity)
        return Held(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def forget(self, token: str, identity: str) -> None:
        """Removes a resource; also what somebody does by hand."""
        self._path(token, identity).unlink(missing_ok=True)

    def all(self) -> Iterator[Held]:
        """Everything that is there."""
        for path in sorted(self.folder.glob("*.json")):
            yield Held(**json.loads(path.read_text(encoding="utf-8")))

    def _path(self, token: str, identity: str) -> Path:
        return self.folder / (hashlib.sha256(f"{token} {identity}".encode()).hexdigest()[:24] + ".json")


def vars_of(held: Held) -> dict[str, Any]:
    """Its fields by name."""
    return {name: getattr(held, name) for name in Held.__slots__}
