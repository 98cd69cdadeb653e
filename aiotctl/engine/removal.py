"""The plan that takes an environment away."""

from __future__ import annotations

from collections.abc import Sequence

from aiotctl.engine.applied import load_applied
from aiotctl.engine.compare import counts, effects, file_changes
from aiotctl.engine.order import removals
from aiotctl.engine.protocols import Preview, Previewing, Store
from aiotctl.engine.stacks import KIND, NO_PREVIEWS, Previews, goes_with
from aiotctl.model.bundle import Bundle
from aiotctl.model.plan import Action, Change, Plan
from aiotctl.model.primitives import Host, Rendered
from aiotctl.model.record import Record

RENDERED_AT_MOST = 64
"""Units whose files a plan works out; past that it tells the facts and counts the units."""


def destroy_plan(record: Record, store: Store, previewing: Previewing | None = None) -> Plan:
    """Removes every unit of the record, what depends on others first. ``previewing`` tells what is in stacks;
    what lives on their machines goes with them.
    """
    groups = removals({address: unit.needs for address, unit in record.units.items()})
    order = [address for group in groups for address in group]
    stacks = [address for address in order if record.units[address].kind == KIND]
    previews = previewing([], stacks) if previewing and stacks else NO_PREVIEWS
    render = len(order) <= RENDERED_AT_MOST or bool(stacks)
    return Plan(
        blueprint=record.blueprint,
        environment=record.environment,
        lineage=record.lineage,
        serial=record.serial,
        changes=tuple(removal(record, store, address, render, previews, stacks) for address in order),
        facts=(),
        refreshed=False,
        checked_at=record.checked_at,
    )


def removal(
    record: Record,
    store: Store,
    address: str,
    render: bool,
    previews: Previews = NO_PREVIEWS,
    stacks: Sequence[str] = (),
) -> Change:
    """The removal of one unit; ``stacks`` are those that go too."""
    unit = record.units[address]
    if not render:
        return Change(address, unit.kind, Action.DELETE, unit.site)
    old = load_applied(store, unit).rendered
    seen = previews.get(address, Preview())
    with_stack = goes_with(old, stacks)
    touched = isinstance(old, Host) and not with_stack
    return Change(
        address,
        unit.kind,
        Action.DELETE,
        unit.site,
        effects=effects(old, None) if touched and isinstance(old, Host) else (),
        files=file_changes(old, None) if touched and isinstance(old, Host) else (),
        counts=counts(old),
        resources=seen.resources,
        goes_with=with_stack,
        version=seen.version,
    )


def nothing(record: Record) -> Bundle:
    """A bundle that wants nothing, to apply a removal against."""

    def absent(address: str) -> Rendered:
        raise KeyError(address)

    return Bundle(
        record.blueprint,
        record.environment,
        record.aiotctl,
        {},
        {},
        lambda _: None,
        absent,
        lambda _: ((), ()),
    )
