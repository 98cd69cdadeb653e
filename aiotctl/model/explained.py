"""What stands at an address of an environment, and where each value came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aiotctl.diagnostics import Place


class Source(StrEnum):
    """Where a value came from."""

    FILE = "file"
    OVERLAY = "overlay"
    DEFAULT = "default"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Fact:
    """One value: its key (``security.policy``), the value as text, and its origin; ``place`` where it is
    written."""

    key: str
    value: str
    source: Source
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """What is known of an address: its facts, and the addresses of the things in it."""

    address: str
    facts: tuple[Fact, ...]
    below: tuple[str, ...]
