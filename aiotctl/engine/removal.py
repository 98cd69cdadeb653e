"""The plan that takes an environment away."""

from __future__ import annotations

from aiotctl.engine.applied import load_applied
from aiotctl.engine.compare import counts, effects
from aiotctl.engine.order import removals
from aiotctl.engine.planner import RENDERED_AT_MOST
from aiotctl.engine.protocols import Store
from aiotctl.model.bundle import Bundle
from aiotctl.model.plan import Action, Change, Plan
from aiotctl.model.primitives import Host
from aiotctl.model.record import Record


def destroy_plan(record: Record, store: Store) -> Plan:
    """Removes every unit of the record, what depends on others first."""
    groups = removals({address: unit.needs for address, unit in record.units.items()})
    order = [address for group in groups for address in group]
    return Plan(
        blueprint=record.blueprint,
        environment=record.environment,
        lineage=record.lineage,
        serial=record.serial,
        changes=tuple(_gone(record, store, address, len(order) <= RENDERED_AT_MOST) for address in order),
        facts=(),
        refreshed=False,
        checked_at=record.checked_at,
    )


def nothing(record: Record) -> Bundle:
    """A bundle that wants nothing, to apply a removal against."""

    def absent(address: str) -> Host:
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


def _gone(record: Record, store: Store, address: str, render: bool) -> Change:
    unit = record.units[address]
    if not render:
        return Change(address, unit.kind, Action.DELETE, unit.site)
    old = load_applied(store, unit).rendered
    stops = effects(old, None) if isinstance(old, Host) else ()
    return Change(address, unit.kind, Action.DELETE, unit.site, effects=stops, counts=counts(old))
