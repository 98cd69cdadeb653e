"""What the clouds are told to do wrong, or slowly: a file that tests write and the providers read.

Each rule: ``{"type": GLOB, "on": "create" | "update" | "delete" | "read" | "invoke", "wait": SECONDS,
"fail": "quota" | "timeout" | "conflict" | "denied" | "partial", "times": N}``. ``times`` (default: always) is
counted over all processes. What every call did stands in ``calls.jsonl``.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

FOLDER = "AIOTCTL_TEST_CLOUDS"
"""The environment variable that names the folder of the clouds."""


@dataclass(frozen=True, slots=True)
class Orders:
    """The rules and the calls of the clouds in a folder."""

    folder: Path

    def give(self, *rules: Mapping[str, Any]) -> None:
        """Replaces the rules."""
        with self._held():
            self._write(rules)

    def take(self, operation: str, token: str) -> Mapping[str, Any]:
        """The rule for this call, if there is one; one time less is left of it."""
        with self._held():
            rules = self._read()
            for n, rule in enumerate(rules):
                if rule.get("on", "create") == operation and fnmatchcase(token, rule.get("type", "*")):
                    left = rule.get("times")
                    if left is not None:
                        kept = [{**rule, "times": left - 1}] if left > 1 else []
                        self._write([*rules[:n], *kept, *rules[n + 1 :]])
                    return rule
        return {}

    def note(self, operation: str, token: str, name: str) -> None:
        """Writes a call down."""
        line = json.dumps({"at": time.time(), "on": operation, "type": token, "name": name})
        with (self.folder / "calls.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def calls(self, operation: str) -> list[tuple[str, str]]:
        """(type, name) of the calls so far, oldest first."""
        path = self.folder / "calls.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [(one["type"], one["name"]) for one in map(json.loads, lines) if one["on"] == operation]

    def _read(self) -> list[Mapping[str, Any]]:
        path = self.folder / "control.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []

    def _write(self, rules: Sequence[Mapping[str, Any]]) -> None:
        part = self.folder / f"control.{os.getpid()}.part"
        part.write_text(json.dumps(rules), encoding="utf-8")
        part.replace(self.folder / "control.json")

    @contextmanager
    def _held(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
