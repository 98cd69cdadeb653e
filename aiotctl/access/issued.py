"""What an authority has issued: one entry a certificate, kept in the vault beside the keys."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

REMEMBERED_S = 30 * 86400
"""A certificate that has ended is still told about for so long."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was issued. Times are seconds since the epoch; ``revoked`` is 0 while it holds.

    ``role`` is the role of a person or program; certificates of hosts and services have none, and are
    renewed by themselves.
    """

    name: str
    serial: int
    hosts: tuple[str, ...]
    since: int
    ends: int
    role: str = ""
    revoked: int = 0

    def holds(self, now: int) -> bool:
        """Whether it is neither revoked nor at its end."""
        return not self.revoked and now < self.ends


def read_issued(text: str) -> tuple[Issued, ...]:
    """The entries as they were written, oldest first."""
    return tuple(_entry(one) for one in cast("list[dict[str, Any]]", json.loads(text or "[]")))


def write_issued(entries: Iterable[Issued], now: int) -> str:
    """The entries as text, without those that ended long ago."""
    kept = (entry for entry in entries if now < entry.ends + REMEMBERED_S)
    return json.dumps([_tree(entry) for entry in kept], separators=(",", ":"))


def _entry(tree: dict[str, Any]) -> Issued:
    return Issued(
        tree["name"],
        int(tree["serial"], 16),
        tuple(tree["hosts"]),
        tree["since"],
        tree["ends"],
        tree["role"],
        tree["revoked"],
    )


def _tree(entry: Issued) -> dict[str, Any]:
    return {
        "name": entry.name,
        "serial": f"{entry.serial:x}",
        "hosts": entry.hosts,
        "since": entry.since,
        "ends": entry.ends,
        "role": entry.role,
        "revoked": entry.revoked,
    }
