"""What an apply would change, worked out without anything that only an apply needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from aiotctl.engine.planner import World, make_plan
from aiotctl.engine.secrets import changed_secrets
from aiotctl.engine.selection import Selection
from aiotctl.errors import Exit, failure
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Event
from aiotctl.model.plan import Plan
from aiotctl.model.record import Record
from aiotctl.session import stacks
from aiotctl.session.environment import Environment


@dataclass(frozen=True, slots=True)
class Options:
    """``refresh`` looks at the world before planning; hosts on this machine are always looked at before an
    apply. ``max_fail_percent`` takes the place of the rollout's own. ``certificates_only``: nothing but
    certificates that are due, in units that are otherwise as they were applied. ``allow_data_loss``: what
    holds data in a cloud may be replaced or deleted; ``saved``: the plan is to be applied later.
    """

    selection: Selection = field(default_factory=Selection)
    refresh: bool = False
    lock_timeout: float = 0.0
    purge_data: bool = False
    max_fail_percent: Decimal | None = None
    certificates_only: bool = False
    allow_data_loss: bool = False
    saved: bool = False


def plan(
    environment: Environment,
    bundle: Bundle,
    options: Options,
    tell: Callable[[Event], None] = lambda _: None,
) -> Plan:
    """What an apply would change. ``tell`` is told of the engine of stacks being obtained."""
    record = environment.record_or_new()
    check_selection(bundle, record, options.selection)
    secrets = changed_secrets(record.units, environment.vault)
    world = look(environment, bundle, record, options.selection, secrets) if options.refresh else None
    return planned(environment, bundle, record, options, world, secrets, tell)


def look(
    environment: Environment,
    bundle: Bundle,
    record: Record,
    selection: Selection,
    secrets: Mapping[str, tuple[str, ...]],
) -> World:
    """How the world differs from what was applied, unit by unit; units that a change touches anyway are
    left out.
    """
    looked_at: list[str] = []
    for address, unit in bundle.units.items():
        known = record.units.get(address)
        same = known is not None and known.digest == unit.digest and known.state == "applied"
        if same and address not in secrets and selection.covers(address, unit.site):
            looked_at.append(address)
    from aiotctl.session.observing import drift

    return World(drift(environment, bundle, record, looked_at), time.time())


def planned(
    environment: Environment,
    bundle: Bundle,
    record: Record,
    options: Options,
    world: World | None,
    secrets: Mapping[str, tuple[str, ...]],
    tell: Callable[[Event], None] = lambda _: None,
) -> Plan:
    """The plan for what was seen of the world and of the secrets."""
    limit = options.max_fail_percent
    ask = stacks.previewing(environment, bundle, record, options.refresh, options.saved, tell)
    return make_plan(bundle, record, environment.store, options.selection, world, secrets, limit, ask)


def check_selection(bundle: Bundle, record: Record, selection: Selection) -> None:
    """Raises AiotctlError where a part of the selection names nothing."""
    units = {address: unit.site for address, unit in {**record.units, **bundle.units}.items()}
    unknown = selection.unknown(units)
    if unknown:
        raise failure(
            "nothing-selected",
            "A selection matches nothing",
            f"No unit of environment {bundle.environment!r} is selected by: {', '.join(unknown)}.",
            f"Units are: {', '.join(sorted(units)[:12])}{' …' if len(units) > 12 else ''}",
            Exit.USAGE,
        )
