"""A rollout under way: one wave of gateways after the other, each looked at before the next begins."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aiotctl.diagnostics import Diagnostic
from aiotctl.engine.batches import Batches, slices
from aiotctl.engine.rollout import stops
from aiotctl.model.events import Soaking, UnitFailed, WaveDone, WaveFailed, WaveStarted
from aiotctl.model.plan import Change, Plan

STOPPED = "rollout"
"""Why a unit is skipped when a wave before it failed."""

_TICK_S = 0.1  # an interruption during a soak is seen after so long


class _Wave(NamedTuple):
    number: int
    of: int
    hosts: Sequence[str]


def roll_out(plan: Plan, changes: Mapping[str, Change], batches: Batches) -> None:
    """Carries the plan's waves out. Once too many of a wave's gateways failed, could not be reached or are
    unwell, all that has not begun is skipped.
    """
    for number, hosts in enumerate(plan.waves, start=1):
        wave = _Wave(number, len(plan.waves), hosts)
        tell = batches.means.tell
        if not _waits(batches):
            tell(WaveStarted(wave.number, wave.of, len(hosts)))
        for part in slices(hosts):
            batches.run([changes[address] for address in part])
            if stops(_failed(wave, batches), len(hosts), plan.rollout):
                batches.stopped = STOPPED  # what is left of a large wave is spared
        if batches.done.isdisjoint(hosts) and batches.failed.keys().isdisjoint(hosts):
            continue
        _look(plan, wave, batches)
        failed = tuple(address for address in hosts if address in batches.failed)
        if stops(len(failed), len(hosts), plan.rollout):
            batches.stopped = STOPPED
            tell(WaveFailed(wave.number, wave.of, len(hosts), failed, plan.rollout.max_fail_percent))
        elif not _waits(batches):
            tell(WaveDone(wave.number, wave.of, len(hosts), len(failed)))


def _look(plan: Plan, wave: _Wave, batches: Batches) -> None:
    """Lets a wave run for a while and asks how it fares; a gateway that is unwell counts as failed. Asks
    nothing where the rollout ends anyway.
    """
    done = [address for address in wave.hosts if address in batches.done]
    if not done or _waits(batches):
        return
    if plan.rollout.soak_ms:
        batches.means.tell(Soaking(wave.number, wave.of, plan.rollout.soak_ms / 1000))
        _soak(plan.rollout.soak_ms / 1000, batches)
    if _waits(batches):
        return
    for address, reason in batches.means.health.unwell(done).items():
        batches.take(UnitFailed(address, _unwell(address, reason)))


def _failed(wave: _Wave, batches: Batches) -> int:
    return sum(address in batches.failed for address in wave.hosts)


def _soak(seconds: float, batches: Batches) -> None:
    end = time.monotonic() + seconds
    while not batches.means.cancelled() and (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _TICK_S))


def _waits(batches: Batches) -> bool:
    """Whether nothing more is to begin."""
    return bool(batches.stopped) or batches.means.cancelled()


def _unwell(address: str, reason: str) -> Diagnostic:
    return Diagnostic(
        "host-unwell",
        "A host is not well after its change",
        reason,
        "See what is wrong with it: `aiotctl status`, `aiotctl verify`. The next apply makes it so again.",
        address=address,
    )
