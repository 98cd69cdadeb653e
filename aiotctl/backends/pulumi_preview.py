"""From what the engine tells of a preview to what a plan shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiotctl.backends.pulumi_data import holds_data
from aiotctl.backends.pulumi_told import Outputs, Pending, Phase, Stamp, Step, Told
from aiotctl.engine.protocols import Preview
from aiotctl.model.cloud import Arguments
from aiotctl.model.plan import Drift, ResourceAction, ResourceChange

ACTIONS: Mapping[str, ResourceAction] = {
    "create": ResourceAction.CREATE,
    "update": ResourceAction.UPDATE,
    "delete": ResourceAction.DELETE,
    "replace": ResourceAction.REPLACE,
    "create-replacement": ResourceAction.REPLACE,
    "delete-replaced": ResourceAction.REPLACE,
    "discard-replaced": ResourceAction.REPLACE,
    "read": ResourceAction.READ,
    "read-replacement": ResourceAction.REPLACE,
    "import": ResourceAction.IMPORT,
    "import-replacement": ResourceAction.REPLACE,
}
_STRONGER = (ResourceAction.REPLACE, ResourceAction.DELETE)
_FOUND = {"update": "is not as it was made", "delete": "is gone"}
"""What the look of a refresh found, by the engine's word for what that does to its state."""

PROVIDERS = "pulumi:providers:"
ROOT = "pulumi:pulumi:Stack"


def name_of(urn: str) -> str:
    """A resource's own name, the last part of its URN."""
    return urn.rpartition("::")[2]


def preview(told: Iterable[Told], arguments: Arguments) -> Preview:
    """What would happen, from all that was told."""
    steps: dict[str, Step] = {}
    drift: list[Drift] = []
    outputs: Mapping[str, str | None] = {}
    unfinished: tuple[str, ...] = ()
    version = ""
    for one in told:
        match one:
            case Step(phase=Phase.DONE, looked=True):
                if one.op in _FOUND and is_shown(one):
                    drift.append(Drift(f"{one.type} {name_of(one.urn)}", _drifted(one)))
            case Step(phase=Phase.BEGUN) if one.op in ACTIONS and is_shown(one):
                steps[one.urn] = _stronger(steps.get(one.urn), one)
            case Outputs():
                outputs = one.values
            case Pending():
                unfinished = tuple(f"{what} {name_of(urn)}" for urn, what in one.operations)
            case Stamp():
                version = one.version
            case _:
                pass
    changes = tuple(_change(step, arguments) for step in steps.values())
    return Preview(changes, outputs, tuple(drift), unfinished, version)


def is_shown(step: Step) -> bool:
    """Whether a resource is the cloud's: neither a provider's settings nor a group of others."""
    return step.custom and step.type != ROOT and not step.type.startswith(PROVIDERS)


def _stronger(before: Step | None, now: Step) -> Step:
    if before is None or (ACTIONS[now.op] in _STRONGER and ACTIONS[before.op] not in _STRONGER):
        return now
    return now if now.reasons and not before.reasons else before


def _change(step: Step, arguments: Arguments) -> ResourceChange:
    name, action = name_of(step.urn), ACTIONS[step.op]
    reasons = step.reasons if action in (ResourceAction.UPDATE, ResourceAction.REPLACE) else ()
    return ResourceChange(step.urn, step.type, name, action, reasons, holds_data(step.type, name, arguments))


def _drifted(step: Step) -> str:
    return ", ".join(filter(None, [_FOUND[step.op], ", ".join(step.reasons)]))
