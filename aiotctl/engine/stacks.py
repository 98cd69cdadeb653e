"""What stacks add to a plan: which of them the engine is asked about, and what hangs on what they give."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from aiotctl.engine.bind import parts_of
from aiotctl.engine.protocols import Preview
from aiotctl.model.plan import Action
from aiotctl.model.primitives import Ref, Rendered, Schema, Stack
from aiotctl.model.record import Record, UnitRecord

KIND = "stack"
Previews = Mapping[str, Preview]
NO_PREVIEWS: Previews = {}


def stack_action(before: UnitRecord | None, same: bool, preview: Preview) -> Action:
    """What happens to a stack that the engine was asked about. ``same``: it is wanted as it was applied."""
    if before is None:
        return Action.CREATE
    if before.state != "applied" or preview.unfinished:
        return Action.UPDATE
    if preview.resources:
        return Action.REPAIR if same and preview.drift else Action.UPDATE
    return Action.REPAIR if preview.drift else Action.NONE


def moved(previews: Previews, record: Record) -> frozenset[str]:
    """The outputs (``stack/hub#machine/hub-1/address``) whose values change, or may."""
    return frozenset(
        f"{address}#{name}"
        for address, preview in previews.items()
        for name, value in preview.outputs.items()
        if value is None or record.outputs.get(f"{address}#{name}") != value
    )


def awaited(before: UnitRecord | None, moving: Collection[str]) -> tuple[str, ...]:
    """Those of the outputs that change which a unit was applied with."""
    return tuple(sorted(name for name in before.bound if name in moving)) if before and moving else ()


def goes_with(rendered: Rendered, stacks: Iterable[str]) -> str:
    """The stack with which a unit goes when that is removed, since it is on its machine or in its database;
    empty for one that stays where it is.
    """
    if isinstance(rendered, Stack):
        return ""
    gone = set(stacks)
    if rendered.place is not None:
        return rendered.place.stack if rendered.place.stack in gone else ""
    if not isinstance(rendered, Schema):
        return ""
    return min({part.address for part in parts_of(rendered) if isinstance(part, Ref)} & gone, default="")
