"""The order of units: what is needed comes first; what is removed goes the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

CENTRAL = frozenset({"host/hub", "schema/hub", "host/field"})
"""Units of the environment as a whole: gateways need them, and their own variables are the sum of the
gateways'.
"""


def levels(needs: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Groups of units that may run together, in order. Needs outside the mapping are already there."""
    sorter = TopologicalSorter({unit: [n for n in wanted if n in needs] for unit, wanted in needs.items()})
    sorter.prepare()
    found: list[tuple[str, ...]] = []
    while sorter.is_active():
        ready = tuple(sorted(sorter.get_ready()))
        found.append(ready)
        sorter.done(*ready)
    return found
