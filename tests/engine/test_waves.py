"""Rollouts carried out: wave by wave, health in between, and what becomes of the rest when one fails."""

from __future__ import annotations

import dataclasses
import time
from decimal import Decimal

import pytest

from aiotctl.engine import batches
from aiotctl.engine.planfile import dump, parse
from aiotctl.engine.selection import Selection
from aiotctl.engine.waves import STOPPED
from aiotctl.model.blueprint import Rollout, Wave
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Soaking, UnitFailed, UnitSkipped, WaveDone, WaveFailed, WaveStarted
from tests.engine.conftest import Engine
from tests.engine.double import bundle

GATEWAYS = [f"s{number}/gw" for number in range(10)]
HOSTS = [f"host/{name}" for name in GATEWAYS]
ONE_TENTH_ALL = (Wave(hosts=1), Wave(percent=Decimal(50)), Wave(percent=Decimal(100)))


def fleet(deadband: str = "0.2 bar", gateways: list[str] = GATEWAYS, **rollout) -> Bundle:
    """Ten gateways in three waves: one, four, five."""
    made = bundle(deadband, gateways)
    return dataclasses.replace(made, rollout=Rollout(ONE_TENTH_ALL, **rollout))


def told(engine: Engine, *kinds: type) -> list:
    return [event for event in engine.told if isinstance(event, kinds)]


def test_central_units_come_first_then_wave_by_wave(engine: Engine) -> None:
    plan = engine.plan(fleet())
    assert [len(wave) for wave in plan.waves] == [1, 4, 5]
    assert [change.address for change in plan.changes] == ["host/hub", *HOSTS]
    engine.carry_out(plan, fleet())
    assert engine.backend.order == ["host/hub", *HOSTS]
    assert told(engine, WaveStarted, WaveDone) == [
        WaveStarted(1, 3, 1),
        WaveDone(1, 3, 1, 0),
        WaveStarted(2, 3, 4),
        WaveDone(2, 3, 4, 0),
        WaveStarted(3, 3, 5),
        WaveDone(3, 3, 5, 0),
    ]
    assert engine.health.asked == [tuple(HOSTS[:1]), tuple(HOSTS[1:5]), tuple(HOSTS[5:])]


def test_a_failed_wave_stops_the_rollout_and_the_next_apply_goes_on(engine: Engine) -> None:
    engine.apply(fleet())
    engine.backend.fails = frozenset({HOSTS[2]})
    finished = engine.apply(fleet("0.5 bar"))
    assert (finished.done, finished.failed, finished.skipped, finished.stopped) == (4, 1, 5, True)
    assert told(engine, WaveFailed) == [WaveFailed(2, 3, 4, (HOSTS[2],), Decimal(0))]
    assert {event.because for event in told(engine, UnitSkipped)} == {STOPPED}
    engine.backend.fails = frozenset()
    plan = engine.plan(fleet("0.5 bar"))
    assert [change.address for change in plan.changes] == [HOSTS[2], *HOSTS[5:]]
    assert engine.apply(fleet("0.5 bar")).done == 6
    assert engine.plan(fleet("0.5 bar")).is_empty


def test_as_many_may_fail_as_the_rollout_says(engine: Engine) -> None:
    engine.backend.fails = frozenset({HOSTS[2]})
    finished = engine.apply(fleet(max_fail_percent=Decimal(25)))
    assert (finished.done, finished.failed, finished.skipped, finished.stopped) == (10, 1, 0, False)
    assert WaveDone(2, 3, 4, 1) in engine.told


def test_the_limit_of_the_command_takes_the_place_of_the_rollouts(engine: Engine) -> None:
    engine.backend.fails = frozenset({HOSTS[2]})
    plan = engine.plan(fleet(), max_fail_percent=Decimal(25))
    assert not engine.carry_out(plan, fleet()).stopped


def test_a_gateway_that_is_unwell_counts_as_failed_and_is_changed_again(engine: Engine) -> None:
    engine.health.reasons = {HOSTS[0]: "service telegraf: is not running"}
    finished = engine.apply(fleet())
    assert (finished.done, finished.failed, finished.skipped, finished.stopped) == (1, 1, 9, True)
    (failure,) = told(engine, UnitFailed)
    assert failure.diagnostic.code == "host-unwell"
    assert "telegraf: is not running" in failure.diagnostic.detail
    assert engine.record.units[HOSTS[0]].state == "unknown"
    engine.health.reasons = {}
    assert engine.apply(fleet()).done == 10


def test_what_cannot_be_reached_counts_as_failed(engine: Engine) -> None:
    engine.backend.unreachable = frozenset({HOSTS[0]})
    finished = engine.apply(fleet())
    assert (finished.failed, finished.unreachable, finished.stopped) == (1, 1, True)


def test_health_is_not_asked_where_the_wave_has_failed_already(engine: Engine) -> None:
    engine.backend.fails = frozenset({HOSTS[0]})
    engine.apply(fleet(soak_ms=60_000))
    assert engine.health.asked == []
    assert told(engine, Soaking) == []


def test_what_is_left_of_a_wave_is_spared_once_too_many_failed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)
    engine.backend.fails = frozenset(HOSTS[5:7])
    finished = engine.apply(fleet(max_fail_percent=Decimal(20)))
    assert (finished.done, finished.failed, finished.skipped, finished.stopped) == (6, 2, 3, True)
    assert engine.backend.order[-1] == HOSTS[6]
    assert told(engine, WaveFailed) == [WaveFailed(3, 3, 5, tuple(HOSTS[5:7]), Decimal(20))]


def test_removals_come_after_the_waves_and_not_when_one_failed(engine: Engine) -> None:
    engine.apply(fleet())
    engine.backend.ran.clear()
    engine.backend.fails = frozenset({HOSTS[1]})
    shrunk = fleet("0.5 bar", GATEWAYS[1:])
    assert engine.apply(shrunk).stopped
    assert HOSTS[0] in engine.record.units
    engine.backend.fails = frozenset()
    engine.backend.ran.clear()
    engine.apply(shrunk)
    assert engine.backend.order[-1] == HOSTS[0]
    assert HOSTS[0] not in engine.record.units


def test_a_failed_hub_stops_its_gateways_and_no_wave_is_left_to_soak(engine: Engine) -> None:
    engine.backend.fails = frozenset({"host/hub"})
    finished = engine.apply(fleet(soak_ms=60_000))
    assert (finished.failed, finished.skipped, finished.stopped) == (1, 10, False)
    assert {event.because for event in told(engine, UnitSkipped)} == {"host/hub"}


def test_an_interruption_ends_a_soak_at_once(engine: Engine) -> None:
    began = time.monotonic()
    engine.cancelled = lambda: time.monotonic() - began > 0.3
    finished = engine.apply(fleet(soak_ms=60_000))
    assert time.monotonic() - began < 10
    assert (finished.done, finished.skipped, finished.interrupted) == (2, 9, True)
    assert told(engine, Soaking) == [Soaking(1, 3, 60.0)]
    assert engine.health.asked == []


def test_each_wave_soaks_before_it_is_asked(engine: Engine) -> None:
    began = time.monotonic()
    assert engine.apply(fleet(soak_ms=50)).done == 11
    assert time.monotonic() - began >= 0.15
    assert len(told(engine, Soaking)) == 3


def test_a_saved_plan_carries_its_waves(engine: Engine) -> None:
    wanted = fleet(max_fail_percent=Decimal("2.5"), soak_ms=10)
    plan = engine.plan(wanted)
    read, compiled = parse(dump(plan, wanted), "plan")
    assert read == plan
    engine.backend.fails = frozenset({HOSTS[0]})
    assert engine.carry_out(read, compiled).stopped


def test_a_selection_limits_the_waves(engine: Engine) -> None:
    plan = engine.plan(fleet(), Selection(excludes=(HOSTS[0], "site/s1")))
    assert plan.waves == ((HOSTS[2],), tuple(HOSTS[3:6]), tuple(HOSTS[6:]))


def test_waves_count_the_gateways_that_change(engine: Engine) -> None:
    engine.apply(fleet(gateways=GATEWAYS[:8]))
    assert engine.plan(fleet()).waves == ((HOSTS[8],), (HOSTS[9],))


@pytest.mark.parametrize("rollout", [Rollout(), Rollout((Wave(percent=Decimal(100)),))])
def test_without_a_rollout_nothing_stops_the_others(engine: Engine, rollout: Rollout) -> None:
    engine.backend.fails = frozenset({HOSTS[0]})
    plan = engine.plan(dataclasses.replace(fleet(), rollout=rollout))
    assert plan.waves == ()
    finished = engine.carry_out(plan, fleet())
    assert (finished.done, finished.failed, finished.skipped) == (10, 1, 0)
    assert engine.health.asked == []
