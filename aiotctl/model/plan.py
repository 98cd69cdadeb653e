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


class ResourceAction(StrEnum):
    """What the engine does to a resource of a stack. ``replace``: another one takes its place; ``read``: it
    is looked up and not owned.
    """

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    READ = "read"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What happens to one resource of a stack, as the engine's preview tells it. ``reasons`` are the paths of
    the properties because of which it changes (of those that force a replacement, where it is replaced);
    ``holds_data``: data go with it where it is deleted or replaced.
    """

    urn: str
    type: str
    name: str
    action: ResourceAction
    reasons: tuple[str, ...] = ()
    holds_data: bool = False

    @property
    def loses_data(self) -> bool:
        """Whether stored data go with what is done."""
        return self.holds_data and self.action in (ResourceAction.DELETE, ResourceAction.REPLACE)


@dataclass(frozen=True, slots=True)
class Change:
    """One unit's change. ``counts`` says what the unit holds, for people (services, series ...); ``secrets``
    names those whose value is another than the one it was applied with; ``resources`` are those of a stack
    that change; ``awaits`` the outputs of other units (``stack/hub#machine/hub-1/address``) whose new values
    decide whether anything is done, ``goes_with`` the stack with which a unit goes, so that nothing is done
    to it; ``version`` is that of a stack's state when it was previewed for a plan to be saved.
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
    resources: tuple[ResourceChange, ...] = ()
    awaits: tuple[str, ...] = ()
    goes_with: str = ""
    version: str = ""

    @property
    def loses_data(self) -> tuple[ResourceChange, ...]:
        """The resources that are deleted or replaced although they hold data."""
        return tuple(one for one in self.resources if one.loses_data)


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
