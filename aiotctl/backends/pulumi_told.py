"""What the child process tells, one JSON object a line on its standard output.

The engine's events are cut down to what a plan, a progress line or a diagnostic needs; the log has the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Phase(StrEnum):
    """Where a step is."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"


class Why(StrEnum):
    """Why an operation failed."""

    LOCKED = "locked"
    CANCELLED = "cancelled"
    PROGRAM = "program"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the engine. ``op`` is its word (``create``, ``delete-replaced`` ...); ``reasons`` the paths
    of the properties that differ; ``looked``: it was the look of a refresh, and ``op`` what that found;
    ``custom``: a provider makes it, so it is no mere group of others.
    """

    phase: Phase
    op: str
    urn: str
    type: str
    reasons: tuple[str, ...] = ()
    looked: bool = False
    custom: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """A message of engine, provider or program; ``urn`` is empty where it is about no resource."""

    severity: str
    urn: str
    text: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """The stack's outputs; None where the value is not known yet. ``secret`` are those that the stack marks
    so, known only after it was made.
    """

    values: Mapping[str, str | None]
    secret: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True)
class Pending:
    """Operations that were cut short: (URN, ``creating``, ``updating`` ...)."""

    operations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """The version of the stack's state: changes with any change of it, ``absent`` where there is no stack."""

    version: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another engine holds the stack; ``broken``: it is gone, and its lock was taken away."""

    who: str
    host: str
    pid: int
    since: str
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The operation is over; ``why`` is None where it went well, else ``detail`` says more."""

    why: Why | None = None
    detail: str = ""


Told = Step | Said | Outputs | Pending | Stamp | Waiting | Ended


@dataclass(frozen=True, slots=True)
class Line:
    """One line: JSON tells which kind by the name of its class."""

    told: Told
