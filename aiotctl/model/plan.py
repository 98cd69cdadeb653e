"""A plan: the ordered whole of changes, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from aiotctl.model.blueprint import Rollout


class Action(StrEnum):
    """What happens to a unit. ``repair``: it was applied as wanted and the world has drifted."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPAIR = "repair"
    MAYBE = "maybe"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FactChange:
    """One difference in the blueprint's words.

    ``part`` is the address of what changed (``pipeline/press-health``, ``device_type/hydraulic-press``,
    ``host/plant-a/gw-1``), ``path`` the keys below it; ``before`` and ``after`` are None where it was absent.
    ``units`` are the addresses of the units it reaches.
    """

    part: str
    path: tuple[str, ...]
    before: str | None
    after: str | None
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a host: unbound texts before and after (references shown as ``(known after apply)`` or
    ``(sensitive)``).
    """

    path: str
    action: Action
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to a service: ``start``, ``restart``, ``reload`` or ``stop``."""

    service: str
    what: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A difference between what was applied and the world: ``item`` (``file etc/telegraf.conf``, ``service
    nats``, ``port 1883``).
    """

    item: str
    what: str


@dataclass(frozen=True, slots=True)
class Change:
    """One unit's change. ``counts`` says what the unit holds, for people (services, series ...); ``secrets``
    names those whose value is another than the one it was applied with.
    """

    address: str
    kind: str
    action: Action
    site: str = ""
    effects: tuple[Effect, ...] = ()
    files: tuple[FileChange, ...] = ()
    drift: tuple[Drift, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    summary: str = ""
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes in the order they will be made. ``serial`` and ``lineage`` are those of the record it was
    made against.

    ``refreshed``: the world was looked at; ``checked_at`` when it last was (0: never). ``settled`` are
    units that another
    input left as they are: nothing is done, and the record learns of the input.
    """

    blueprint: str
    environment: str
    lineage: str
    serial: int
    changes: tuple[Change, ...]
    facts: tuple[FactChange, ...]
    refreshed: bool
    checked_at: float
    unchanged: int = 0
    settled: tuple[str, ...] = ()
    waves: tuple[tuple[str, ...], ...] = ()
    rollout: Rollout = field(default_factory=Rollout)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes
