"""A secret with a new value: seen by the plan, told by its name, and settled by an apply."""

from __future__ import annotations

import pytest

from aiotctl.engine.planfile import dump, parse
from aiotctl.model.plan import Action, Effect
from tests.engine.conftest import Engine
from tests.engine.double import bundle

SECRET = "broker/a/gw"


@pytest.fixture
def applied(engine: Engine) -> Engine:
    """An engine that has applied the bundle and was given a new secret since."""
    engine.apply(bundle())
    engine.vault.put(SECRET, "new")
    return engine


def test_a_changed_secret_updates_just_the_units_that_use_it(applied: Engine) -> None:
    (change,) = applied.plan(bundle()).changes
    assert (change.address, change.action, change.secrets) == ("host/a/gw", Action.UPDATE, (SECRET,))
    assert change.effects == (Effect("telegraf", "restart"),)
    (file,) = change.files
    assert (file.path, file.before) == ("etc/t.conf", file.after)
    assert "(sensitive)" in file.after


def test_an_apply_settles_it(applied: Engine) -> None:
    applied.apply(bundle())
    assert applied.backend.ran[-1].secrets == {SECRET: f"new value of {SECRET}"}
    assert applied.plan(bundle()).is_empty


def test_a_unit_that_failed_is_still_to_be_given_its_secret(applied: Engine) -> None:
    applied.backend.fails = frozenset({"host/a/gw"})
    applied.apply(bundle())
    (change,) = applied.plan(bundle()).changes
    assert change.secrets == (SECRET,)


def test_the_secret_is_told_beside_what_else_changed(applied: Engine) -> None:
    first, second = applied.plan(bundle(deadband="0.5 bar")).changes
    assert (first.secrets, second.secrets) == ((SECRET,), ())


def test_neither_plan_nor_saved_plan_nor_record_hold_a_value(applied: Engine) -> None:
    plan = applied.plan(bundle())
    saved = dump(plan, bundle())
    assert b"value of" not in saved
    assert b"hmac:" not in saved
    assert parse(saved, "plan")[0] == plan
    assert b"value of" not in (applied.folder / "record.json").read_bytes()


def test_without_a_change_each_secret_is_asked_for_once(engine: Engine) -> None:
    engine.apply(bundle())
    assert sorted(engine.vault.asked) == ["broker/a/gw", "broker/b/gw"]
    assert engine.plan(bundle()).is_empty
    assert len(engine.vault.asked) == 2


def test_more_units_than_are_rendered_are_told_by_their_secret_alone(engine: Engine) -> None:
    many = bundle(gateways=[f"site-{n}/gw" for n in range(70)])
    engine.apply(many)
    for n in range(70):
        engine.vault.put(f"broker/site-{n}/gw", "new")
    changes = engine.plan(many).changes
    assert len(changes) == 70
    assert all(change.secrets and not change.files for change in changes)
