"""Plans: desired against last applied, and against the real world where it was looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from aiotctl.engine.applied import load_applied, load_facts
from aiotctl.engine.changes import Seen
from aiotctl.engine.facts_diff import differences
from aiotctl.engine.order import levels, removals
from aiotctl.engine.protocols import Previewing, Store
from aiotctl.engine.removal import RENDERED_AT_MOST, removal
from aiotctl.engine.rollout import waves as waves_of
from aiotctl.engine.selection import Selection
from aiotctl.engine.stacks import KIND, moved
from aiotctl.model.address import is_central
from aiotctl.model.blueprint import Rollout
from aiotctl.model.bundle import Bundle, Unit
from aiotctl.model.plan import Action, Change, Drift, FactChange, Plan
from aiotctl.model.record import Record, UnitRecord

NONE_CHANGED: Mapping[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class World:
    """What was seen when the world was looked at: drift by unit, and when (seconds since the epoch)."""

    drift: Mapping[str, tuple[Drift, ...]]
    at: float


def make_plan(
    bundle: Bundle,
    record: Record,
    store: Store,
    selection: Selection,
    world: World | None = None,
    secrets: Mapping[str, tuple[str, ...]] = NONE_CHANGED,
    max_fail_percent: Decimal | None = None,
    previewing: Previewing | None = None,
) -> Plan:
    """The plan that turns what the record tells into what the bundle wants.

    ``secrets`` are the changed secrets by unit; ``max_fail_percent`` takes the place of the rollout's own.
    ``previewing`` is asked about stacks that are wanted otherwise than they were applied, and about all of
    them where the world was looked at.
    """
    wanted = {a: u for a, u in bundle.units.items() if selection.covers(a, u.site)}
    known = {a: u for a, u in record.units.items() if selection.covers(a, u.site)}
    drift: Mapping[str, tuple[Drift, ...]] = world.drift if world else {}
    actions = {
        unit.address: _action(unit, known.get(unit.address), record, drift, secrets)
        for unit in wanted.values()
    }
    gone = tuple(address for address in known if address not in bundle.units)
    stacks = tuple(address for address in gone if known[address].kind == KIND)
    seen = Seen(bundle, record, store, drift, secrets)
    asked = tuple(a for a, u in wanted.items() if u.kind == KIND and seen.to_ask(a, actions[a], world))
    if previewing and (asked or stacks):
        seen = replace(seen, previews=previewing(asked, stacks))
        seen = replace(seen, moving=moved(seen.previews, record))
        actions = {address: seen.action(address, action) for address, action in actions.items()}
    settled = {
        address for address in seen.previews if address in wanted and seen.is_settled(address, actions)
    }
    touched = {address: action for address, action in actions.items() if action is not Action.NONE}
    render = len(touched) + len(gone) <= RENDERED_AT_MOST
    seen = replace(seen, render=render)
    changes = [
        change
        for group in levels({address: bundle.units[address].needs for address in touched})
        for address in group
        if (change := seen.change(address, touched[address]))
    ]
    settled |= touched.keys() - {change.address for change in changes}
    waves = _waves(bundle, changes)
    changes = _in_waves(changes, waves)
    for group in removals({address: known[address].needs for address in gone}):
        changes += [removal(record, store, a, render or bool(stacks), seen.previews, stacks) for a in group]
    return Plan(
        blueprint=bundle.blueprint,
        environment=bundle.environment,
        lineage=record.lineage,
        serial=record.serial,
        changes=tuple(changes),
        facts=tuple(_facts(bundle, record, store, set(touched))),
        refreshed=world is not None,
        checked_at=world.at if world else record.checked_at,
        unchanged=len(wanted) - len(changes) + len(gone),
        settled=tuple(sorted(settled)),
        waves=waves,
        rollout=_rollout(bundle, max_fail_percent),
    )


def _waves(bundle: Bundle, changes: Sequence[Change]) -> tuple[tuple[str, ...], ...]:
    """The waves of the gateways that change. Where the rollout says nothing there are none: all of them are
    changed together, and what fails stops nothing.
    """
    gateways = [bundle.units[change.address] for change in changes if not is_central(change.address)]
    return () if bundle.rollout == Rollout() else waves_of(bundle.rollout, gateways)


def _in_waves(changes: list[Change], waves: Sequence[Sequence[str]]) -> list[Change]:
    """The changes in the order in which they are made: central units, then wave by wave."""
    place = {address: number for number, wave in enumerate(waves, start=1) for address in wave}
    return sorted(changes, key=lambda change: place.get(change.address, 0))


def _rollout(bundle: Bundle, max_fail_percent: Decimal | None) -> Rollout:
    if max_fail_percent is None:
        return bundle.rollout
    return replace(bundle.rollout, max_fail_percent=max_fail_percent)


def _action(
    unit: Unit,
    before: UnitRecord | None,
    record: Record,
    drift: Mapping[str, tuple[Drift, ...]],
    secrets: Mapping[str, tuple[str, ...]],
) -> Action:
    if before is None:
        return Action.CREATE
    if unit.address in secrets:
        return Action.UPDATE
    if before.digest != unit.digest or before.state != "applied":
        return Action.UPDATE
    if any(record.outputs.get(ref) != value for ref, value in before.bound.items()):
        return Action.UPDATE
    return Action.REPAIR if drift.get(unit.address) else Action.NONE


def _facts(bundle: Bundle, record: Record, store: Store, touched: set[str]) -> Iterator[FactChange]:
    if not record.units:
        return
    users = _users(bundle, touched)
    for address, part in bundle.parts.items():
        before = record.parts.get(address)
        if before == part.digest:
            continue
        old = load_facts(store, before) if before else None
        for path, was, will in differences(old, part.facts):
            yield FactChange(address, path, was, will, users.get(address, ()))
    for address in record.parts:
        if address not in bundle.parts:
            yield FactChange(address, (), "", None, ())
    yield from _own_facts(bundle, record, store, touched)


def _own_facts(bundle: Bundle, record: Record, store: Store, touched: set[str]) -> Iterator[FactChange]:
    changed = [a for a in touched if not is_central(a) and a in record.units]
    changed = [a for a in changed if record.units[a].own != bundle.units[a].own]
    for address in sorted(changed)[:RENDERED_AT_MOST]:
        old = load_applied(store, record.units[address]).own
        for path, was, will in differences(old, bundle.own_facts(address)):
            yield FactChange(address, path, was, will, (address,))


def _users(bundle: Bundle, touched: set[str]) -> dict[str, tuple[str, ...]]:
    users: dict[str, list[str]] = {}
    for address in sorted(touched):
        for part in bundle.units[address].shared:
            users.setdefault(part, []).append(address)
    return {part: tuple(units) for part, units in users.items()}
