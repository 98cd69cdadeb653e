"""Plans as data: what changes, in the blueprint's words, and what hosts need because of it."""

from __future__ import annotations

import dataclasses

from aiotctl.engine.planner import World
from aiotctl.engine.selection import Selection
from aiotctl.model.plan import Action, Drift, Effect, FactChange
from tests.engine.conftest import Engine
from tests.engine.double import bundle


def actions(plan) -> dict[str, Action]:
    return {change.address: change.action for change in plan.changes}


def test_the_first_plan_creates_everything_and_tells_no_differences(engine: Engine) -> None:
    plan = engine.plan(bundle())
    assert actions(plan) == dict.fromkeys(["host/hub", "host/a/gw", "host/b/gw"], Action.CREATE)
    assert plan.changes[0].address == "host/hub"
    assert plan.facts == ()


def test_nothing_changes_after_an_apply(engine: Engine) -> None:
    engine.apply(bundle())
    plan = engine.plan(bundle())
    assert plan.is_empty
    assert plan.unchanged == 3


def test_a_shared_difference_is_told_once_with_all_it_reaches(engine: Engine) -> None:
    engine.apply(bundle())
    plan = engine.plan(bundle(deadband="0.5 bar"))
    assert plan.facts == (
        FactChange("pipeline/p", ("deadband",), "0.2 bar", "0.5 bar", ("host/a/gw", "host/b/gw", "host/hub")),
    )
    assert actions(plan) == {"host/a/gw": Action.UPDATE, "host/b/gw": Action.UPDATE}
    gateway = plan.changes[0]
    assert gateway.effects == (Effect("telegraf", "restart"),)
    assert "0.2 bar" in gateway.files[0].before
    assert "0.5 bar" in gateway.files[0].after


def test_files_show_neither_secrets_nor_unknown_values(engine: Engine) -> None:
    (file,) = engine.plan(bundle()).changes[1].files
    assert "password = (sensitive)" in file.after
    assert "port = {host/hub/service/nats#mqtt.port}" in file.after


def test_what_leaves_the_blueprint_is_removed_last(engine: Engine) -> None:
    engine.apply(bundle())
    plan = engine.plan(bundle(gateways=["a/gw"]))
    assert actions(plan)["host/b/gw"] is Action.DELETE
    assert plan.changes[-1].effects == (Effect("telegraf", "stop"),)


def test_drift_is_repaired(engine: Engine) -> None:
    engine.apply(bundle())
    drift = (Drift("file etc/t.conf", "changed"),)
    plan = engine.plan(bundle(), world=World({"host/a/gw": drift}, 1.0))
    assert actions(plan) == {"host/a/gw": Action.REPAIR}
    assert plan.changes[0].drift == drift
    assert plan.refreshed


def test_a_selection_limits_the_plan(engine: Engine) -> None:
    engine.apply(bundle())
    changed = bundle(deadband="0.5 bar", gateways=["a/gw"])
    assert actions(engine.plan(changed, Selection(sites=("a",)))) == {"host/a/gw": Action.UPDATE}
    assert actions(engine.plan(changed, Selection(targets=("site/b",)))) == {"host/b/gw": Action.DELETE}
    assert actions(engine.plan(changed, Selection(excludes=("host/a/gw",)))) == {"host/b/gw": Action.DELETE}


def test_a_changed_output_reaches_what_was_bound_to_it(engine: Engine) -> None:
    engine.apply(bundle())
    record = engine.record
    key = "host/hub/service/nats#mqtt.port"
    with engine.store.lock("test", 0):
        engine.store.save(dataclasses.replace(record, serial=record.serial + 1, outputs={key: "1884"}))
    assert actions(engine.plan(bundle())) == {"host/a/gw": Action.UPDATE, "host/b/gw": Action.UPDATE}
