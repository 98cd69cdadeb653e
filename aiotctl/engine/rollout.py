"""Waves: which gateways a change reaches first, worked out when it is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from aiotctl.model.blueprint import Rollout, Wave
from aiotctl.model.bundle import Unit

Waves = tuple[tuple[str, ...], ...]


def waves(rollout: Rollout, gateways: Sequence[Unit]) -> Waves:
    """The waves in which these gateways are changed: each is in exactly one, and in the order of its address.

    Numbers and shares count the gateways that change, not the fleet: of a hundred that change, the first wave
    of ``[1, 10 %, 100 %]`` has one, the second nine. A wave that adds none is left out.
    """
    ordered = sorted(gateways, key=lambda unit: unit.address)
    reached: dict[str, None] = {}
    found: list[tuple[str, ...]] = []
    for wave in (*rollout.waves, Wave(percent=Decimal(100))):
        among = [unit.address for unit in ordered if _has(unit, wave.labels)]
        waiting = [address for address in among if address not in reached]
        more = tuple(waiting[: max(0, wave.reaches(len(among)) - (len(among) - len(waiting)))])
        reached |= dict.fromkeys(more)
        if more:
            found.append(more)
    return tuple(found)


def stops(failed: int, size: int, rollout: Rollout) -> bool:
    """Whether too many gateways of a wave failed for the next one to begin."""
    return failed * 100 > rollout.max_fail_percent * size


def _has(unit: Unit, labels: Mapping[str, str]) -> bool:
    return not labels or labels.items() <= dict(unit.labels).items()
