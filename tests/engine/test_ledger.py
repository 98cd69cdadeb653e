"""The journal of an apply: what a kill leaves behind is known, and costs no record a batch."""

from __future__ import annotations

import dataclasses

import pytest

from aiotctl.engine import batches
from aiotctl.engine.ledger import recovered
from aiotctl.model.blueprint import Rollout, Wave
from aiotctl.model.plan import Action
from tests.engine.conftest import Engine
from tests.engine.double import bundle

GATEWAYS = [f"s{number}/gw" for number in range(6)]
HOSTS = [f"host/{name}" for name in GATEWAYS]


class Killed(BaseException):
    """Ends an apply the way SIGKILL does: nothing after it runs."""


def killed_at(engine: Engine, address: str):
    """A backend that dies when it comes to a unit."""

    def die(unit) -> None:
        if unit.address == address:
            raise Killed

    engine.backend.before = die


def killed(engine: Engine, address: str, wanted) -> None:
    killed_at(engine, address)
    with pytest.raises(Killed):
        engine.apply(wanted)
    engine.backend.before = lambda unit: None


def states(engine: Engine) -> dict[str, str]:
    return {address: unit.state for address, unit in engine.record.units.items()}


def test_what_was_done_before_a_kill_is_known_as_done(engine: Engine) -> None:
    killed(engine, HOSTS[2], bundle(gateways=GATEWAYS))
    assert states(engine) == {
        "host/hub": "applied",
        **dict.fromkeys(HOSTS[:2], "applied"),
        **dict.fromkeys(HOSTS[2:], "unknown"),
    }
    engine.backend.ran.clear()
    assert engine.apply(bundle(gateways=GATEWAYS)).done == 4
    assert engine.backend.order == HOSTS[2:]
    assert engine.plan(bundle(gateways=GATEWAYS)).is_empty


def test_a_second_kill_finds_what_the_first_one_left(engine: Engine) -> None:
    killed(engine, HOSTS[1], bundle(gateways=GATEWAYS))
    killed(engine, HOSTS[3], bundle(gateways=GATEWAYS))
    assert [address for address, state in states(engine).items() if state == "unknown"] == HOSTS[3:]
    engine.apply(bundle(gateways=GATEWAYS))
    assert set(states(engine).values()) == {"applied"}


def test_a_removal_that_was_killed_is_finished(engine: Engine) -> None:
    engine.apply(bundle(gateways=GATEWAYS))
    killed(engine, HOSTS[5], bundle(gateways=GATEWAYS[:4]))
    assert HOSTS[4] not in states(engine)
    assert states(engine)[HOSTS[5]] == "unknown"
    plan = engine.plan(bundle(gateways=GATEWAYS[:4]))
    assert [(change.address, change.action) for change in plan.changes] == [(HOSTS[5], Action.DELETE)]
    engine.carry_out(plan, bundle(gateways=GATEWAYS[:4]))
    assert HOSTS[5] not in states(engine)


def test_an_apply_with_nothing_to_do_keeps_what_a_killed_one_did(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = engine.store.save

    def die_at_the_end(record) -> None:
        if record.serial > 1:
            raise Killed
        save(record)

    with monkeypatch.context() as patched:
        patched.setattr(engine.store, "save", die_at_the_end)
        with pytest.raises(Killed):
            engine.apply(bundle())
    assert engine.plan(bundle()).is_empty
    engine.apply(bundle())
    assert engine.store.journal() == ()
    saved = engine.store.load()
    assert saved is not None
    assert {address: unit.state for address, unit in saved.units.items()} == states(engine)
    assert set(states(engine)) == {"host/hub", "host/a/gw", "host/b/gw"}


def test_every_moment_of_a_kill_gives_a_record_from_which_the_work_is_finished(engine: Engine) -> None:
    """The journal is cut after each of its lines, as a kill would leave it."""
    before, journals = engine.record, []

    def note(unit) -> None:
        journals.append(engine.store.journal())

    engine.backend.before = note
    engine.apply(bundle(gateways=GATEWAYS))
    assert len(journals) == 7
    longest = journals[-1]
    for length in range(len(longest) + 1):
        cut = recovered(before, longest[:length])
        begun = {entry.unit for entry in longest[:length] if entry.phase == "unit-start"}
        done = {entry.unit for entry in longest[:length] if entry.phase == "unit-done"}
        assert {address for address, unit in cut.units.items() if unit.state == "applied"} == done
        assert set(cut.units) == begun


def test_the_record_is_written_as_often_for_many_batches_as_for_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []
    save = engine.store.save
    monkeypatch.setattr(engine.store, "save", lambda record: (saved.append(record.serial), save(record)))
    monkeypatch.setattr(batches, "BATCH", 2)
    waves = tuple(Wave(hosts=number) for number in range(1, 7))
    rolled = dataclasses.replace(bundle(gateways=GATEWAYS), rollout=Rollout(waves))
    assert engine.apply(rolled).done == 7
    assert len(saved) == 3  # with the ports, with what was done, with the facts that all have now
    assert engine.plan(rolled).is_empty


def test_units_are_rendered_in_batches(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)
    sizes: list[int] = []
    run = engine.backend.run

    def counted(batch, cancelled):
        sizes.append(len(batch))
        return run(batch, cancelled)

    monkeypatch.setattr(engine.backend, "run", counted)
    assert engine.apply(bundle(gateways=GATEWAYS[:5])).done == 6
    assert sizes == [1, 2, 2, 1]
