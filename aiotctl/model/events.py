"""Facts told while applying. The engine tells them to a callable; views put them into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from aiotctl.diagnostics import Diagnostic
from aiotctl.model.plan import Action, Plan


@dataclass(frozen=True, slots=True)
class Warned:
    """What was found before anybody is asked, and does not stand in the way."""

    findings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan is made and about to be carried out."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """A program is being obtained. ``what`` says how, and what ``done`` counts: bytes of a ``download``,
    seconds of a ``build``, a ``fetch`` or a ``wait`` for another aiotctl, programs of a ``pack``, nothing of
    an ``unpack``. ``total`` is 0 where unknown.
    """

    tool: str
    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class UnitStarted:
    """Work on a unit begins."""

    address: str
    action: Action


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """One thing of a unit was done: ``item`` (``service nats``), ``what`` (``started``)."""

    address: str
    item: str
    what: str


@dataclass(frozen=True, slots=True)
class UnitDone:
    """A unit is as wanted; ``items`` lists (item, what) of all that was done, ``seconds`` how long it
    took, ``outputs`` what it gives to others by name, and ``secrets`` those that nobody may see.
    """

    address: str
    items: tuple[tuple[str, str], ...]
    seconds: float
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True)
class UnitFailed:
    """A unit failed; the diagnostic says why, ``log`` holds the last lines of what failed."""

    address: str
    diagnostic: Diagnostic
    log: tuple[str, ...] = ()
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class UnitSkipped:
    """A unit was not tried, because ``because`` failed, the rollout stopped or the apply was interrupted."""

    address: str
    because: str


@dataclass(frozen=True, slots=True)
class WaveStarted:
    """A wave of gateways begins: the ``number``th of ``of``, with so many ``hosts``."""

    number: int
    of: int
    hosts: int


@dataclass(frozen=True, slots=True)
class Soaking:
    """A wave is left to run for so many seconds before its health is asked."""

    number: int
    of: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WaveDone:
    """A wave is through, and the next one may begin: no more than its limit ``failed``."""

    number: int
    of: int
    hosts: int
    failed: int


@dataclass(frozen=True, slots=True)
class WaveFailed:
    """A wave in which too many ``failed`` (addresses) of its ``hosts``: ``max_fail_percent`` of them may. The
    rollout stops with it.
    """

    number: int
    of: int
    hosts: int
    failed: tuple[str, ...]
    max_fail_percent: Decimal


@dataclass(frozen=True, slots=True)
class Finished:
    """The end: how many units were done, failed, skipped, and whether it was interrupted. ``unreachable``
    counts those among the failed that could not be reached, ``stopped`` tells that a wave ended the rollout.
    """

    done: int
    failed: int
    skipped: int
    interrupted: bool
    seconds: float
    unreachable: int = 0
    stopped: bool = False


Event = (
    Warned
    | Planned
    | ToolProgress
    | UnitStarted
    | UnitProgress
    | UnitDone
    | UnitFailed
    | UnitSkipped
    | WaveStarted
    | Soaking
    | WaveDone
    | WaveFailed
    | Finished
)
