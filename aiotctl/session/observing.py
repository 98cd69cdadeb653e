"""How the world differs from what was applied."""

from __future__ import annotations

from collections.abc import Iterable

from aiotctl.engine.batches import slices
from aiotctl.model.bundle import Bundle
from aiotctl.model.plan import Drift
from aiotctl.model.record import Record
from aiotctl.session.backends import backends
from aiotctl.session.environment import Environment
from aiotctl.session.stacks import KIND as STACK


def drift(
    environment: Environment, bundle: Bundle, record: Record, units: Iterable[str]
) -> dict[str, tuple[Drift, ...]]:
    """What differs, unit by unit; nothing for one that is as it was applied. So many units are rendered at
    once as an apply renders, however large the fleet is. Stacks are left to their engine: it looks at the
    cloud when it is asked what would happen to them.
    """
    by_kind: dict[str, list[str]] = {}
    for address in units:
        if bundle.units[address].kind != STACK:
            by_kind.setdefault(bundle.units[address].kind, []).append(address)
    found: dict[str, tuple[Drift, ...]] = {}
    for kind, addresses in by_kind.items():
        backend = backends(environment, record)[kind]
        for part in slices(addresses):
            found |= backend.observe([environment.bound(record, a, bundle.render(a)) for a in part])
    return {address: differs for address, differs in found.items() if differs}
