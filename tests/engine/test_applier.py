"""Applies: order, binding, failures, interruptions, and what the record knows afterwards."""

from __future__ import annotations

import pytest

from aiotctl.engine.changes import UNFINISHED
from aiotctl.engine.planfile import dump, parse
from aiotctl.engine.removal import destroy_plan, nothing
from aiotctl.engine.selection import Selection
from aiotctl.errors import AiotctlError, Exit
from aiotctl.model.events import UnitFailed, UnitSkipped
from aiotctl.model.plan import Action
from tests.engine.conftest import Engine
from tests.engine.double import bundle


class Killed(BaseException):
    """Ends an apply the way SIGKILL does: nothing after it runs."""


def test_units_run_after_what_they_need_and_get_their_values(engine: Engine) -> None:
    finished = engine.apply(bundle())
    assert (finished.done, finished.failed) == (3, 0)
    assert engine.backend.order == ["host/hub", "host/a/gw", "host/b/gw"]
    gateway = engine.backend.ran[1]
    assert gateway.outputs["host/hub/service/nats#mqtt.port"] == "1883"
    assert gateway.secrets == {"broker/a/gw": "value of broker/a/gw"}
    assert "value of" not in repr(gateway)


def test_the_journal_is_empty_after_success(engine: Engine) -> None:
    engine.apply(bundle())
    assert engine.store.journal() == ()


def test_what_needs_a_failed_unit_is_skipped_and_the_next_apply_goes_on(engine: Engine) -> None:
    engine.backend.fails = frozenset({"host/hub"})
    finished = engine.apply(bundle())
    assert (finished.done, finished.failed, finished.skipped) == (0, 1, 2)
    assert {e.because for e in engine.told if isinstance(e, UnitSkipped)} == {"host/hub"}
    assert engine.record.units["host/hub"].state == "unknown"
    engine.backend.fails = frozenset()
    assert engine.apply(bundle()).done == 3
    assert engine.plan(bundle()).is_empty


def test_one_failed_gateway_fails_alone(engine: Engine) -> None:
    engine.backend.fails = frozenset({"host/a/gw"})
    finished = engine.apply(bundle())
    assert (finished.done, finished.failed, finished.skipped) == (2, 1, 0)
    assert [e.address for e in engine.told if isinstance(e, UnitFailed)] == ["host/a/gw"]
    assert [c.address for c in engine.plan(bundle()).changes] == ["host/a/gw"]


def test_a_killed_apply_leaves_a_record_that_knows_what_was_begun(engine: Engine) -> None:
    def die(unit) -> None:
        if unit.address == "host/a/gw":
            raise Killed

    engine.backend.before = die
    with pytest.raises(Killed):
        engine.apply(bundle())
    record = engine.record
    assert record.units["host/hub"].state == "applied"
    assert record.units["host/a/gw"].state == "unknown"
    assert record.outputs["host/hub/service/nats#mqtt.port"] == "1883"
    plan = engine.plan(bundle())
    assert {c.address: (c.action, c.summary) for c in plan.changes}["host/a/gw"] == (
        Action.UPDATE,
        UNFINISHED,
    )
    assert "host/hub" not in {c.address for c in plan.changes}


def test_an_interruption_skips_what_has_not_begun(engine: Engine) -> None:
    engine.cancelled = lambda: bool(engine.backend.ran)
    finished = engine.apply(bundle())
    assert (finished.done, finished.skipped, finished.interrupted) == (1, 2, True)


def test_another_input_with_the_same_output_needs_no_work_but_is_remembered(engine: Engine) -> None:
    engine.apply(bundle())
    engine.backend.ran.clear()
    assert engine.apply(bundle(arch="arm64")).done == 0
    assert engine.backend.ran == []
    assert engine.record.units["host/a/gw"].own == bundle(arch="arm64").units["host/a/gw"].own
    assert engine.plan(bundle(arch="arm64")).facts == ()


def test_a_partial_apply_keeps_the_difference_for_the_rest(engine: Engine) -> None:
    engine.apply(bundle())
    changed = bundle(deadband="0.5 bar")
    engine.apply(changed, Selection(sites=("a",)))
    plan = engine.plan(changed)
    assert [c.address for c in plan.changes] == ["host/b/gw"]
    assert [(f.before, f.after) for f in plan.facts] == [("0.2 bar", "0.5 bar")]


def test_destroy_goes_the_other_way_round_and_forgets_ports(engine: Engine) -> None:
    engine.apply(bundle())
    engine.backend.ran.clear()
    record = engine.record
    engine.carry_out(destroy_plan(record, engine.store), nothing(record), purge=True)
    assert engine.backend.order[-1] == "host/hub"
    assert all(unit.remove and unit.purge_data for unit in engine.backend.ran)
    assert engine.record.units == {}
    assert engine.record.outputs == {}


def test_a_saved_plan_applies_without_compiling(engine: Engine) -> None:
    wanted = bundle()
    content = dump(engine.plan(wanted), wanted)
    assert b"value of" not in content
    plan, compiled = parse(content, "plan.json")
    assert engine.carry_out(plan, compiled).done == 3
    assert engine.plan(wanted).is_empty


def test_a_saved_plan_remembers_units_that_needed_no_work(engine: Engine) -> None:
    engine.apply(bundle())
    wanted = bundle(arch="arm64")
    plan, compiled = parse(dump(engine.plan(wanted), wanted), "plan.json")
    assert plan.settled
    assert engine.carry_out(plan, compiled).done == 0
    assert engine.record.units["host/a/gw"].own == wanted.units["host/a/gw"].own


def test_an_edited_plan_is_refused(engine: Engine) -> None:
    wanted = bundle()
    content = dump(engine.plan(wanted), wanted).replace(b"0.2 bar", b"9.9 bar")
    with pytest.raises(AiotctlError) as refused:
        parse(content, "plan.json")
    assert refused.value.exit_code is Exit.STALE
