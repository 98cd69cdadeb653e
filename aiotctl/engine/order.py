"""The order of units: what is needed comes first; what is removed goes the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from aiotctl.model.address import is_central

Needs = Mapping[str, Iterable[str]]


def levels(needs: Needs) -> list[tuple[str, ...]]:
    """Groups of units that may run together, in order. Needs outside the mapping are already there."""
    sorter = TopologicalSorter({unit: [n for n in wanted if n in needs] for unit, wanted in needs.items()})
    sorter.prepare()
    found: list[tuple[str, ...]] = []
    while sorter.is_active():
        ready = tuple(sorted(sorter.get_ready()))
        found.append(ready)
        sorter.done(*ready)
    return found


def removals(needs: Needs) -> list[tuple[str, ...]]:
    """Groups of units that may be removed together, in order: gateways before what all of them depend on,
    and each unit before what it needed when it was applied.
    """
    central = {unit: wanted for unit, wanted in needs.items() if is_central(unit)}
    gateways = {unit: wanted for unit, wanted in needs.items() if unit not in central}
    return [*reversed(levels(gateways)), *reversed(levels(central))]
