"""Machines that a stack has just made: bound to their addresses, asked before anything is done to them."""

from __future__ import annotations

from aiotctl.diagnostics import Diagnostic
from aiotctl.engine.applier import Apply
from aiotctl.engine.batches import Means
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Finished, UnitFailed, UnitSkipped
from aiotctl.model.primitives import Host
from tests.engine.conftest import Engine
from tests.engine.double import FixedSurroundings
from tests.engine.test_stacks import Setup, bundle

AWAY = Diagnostic("host-unreachable", "A host cannot be reached", "silence", "wait")


def applied(setup: Setup, wanted: Bundle, around: FixedSurroundings) -> Finished:
    engine = setup.engine
    means = Means(
        engine.store,
        engine.vault,
        {"host": setup.hosts, "stack": setup.cloud},
        around,
        engine.health,
        engine.told.append,
        lambda: False,
    )
    with engine.store.lock("apply", 0):
        return Apply(setup.plan(wanted), wanted, setup.record, means).run()[0]


def test_a_new_machine_gets_its_address_and_a_login(engine: Engine) -> None:
    setup, around = Setup(engine), FixedSurroundings()
    applied(setup, bundle(), around)
    hub = next(unit.rendered for unit in setup.hosts.ran if unit.address == "host/hub-1")
    assert isinstance(hub, Host)
    assert hub.place
    assert (hub.place.address, hub.place.key, hub.place.known_hosts) == (
        *("192.0.2.7", "/keys/login"),
        "/keys/known",
    )
    assert around.prepared.count("host/hub-1") == 2, "programs at first, certificates when it is there"
    assert around.prepared.count("host/a/gw") == 1


def test_what_is_recorded_names_no_address(engine: Engine) -> None:
    setup = Setup(engine)
    applied(setup, bundle(), FixedSurroundings())
    assert setup.plan(bundle()).is_empty
    assert setup.record.units["host/hub-1"].bound == {"stack/hub#machine/hub-1/address": "192.0.2.7"}


def test_a_machine_that_does_not_answer_fails_alone(engine: Engine) -> None:
    setup = Setup(engine)
    ended = applied(setup, bundle(), FixedSurroundings(reasons={"host/hub-1": AWAY}))
    assert (ended.done, ended.failed, ended.skipped, ended.unreachable) == (1, 1, 1, 1)
    assert setup.hosts.ran == []
    (failed,) = (event for event in engine.told if isinstance(event, UnitFailed))
    assert (failed.address, failed.diagnostic) == ("host/hub-1", AWAY)
    assert [e.address for e in engine.told if isinstance(e, UnitSkipped)] == ["host/a/gw"]


def test_the_next_apply_goes_on_with_it(engine: Engine) -> None:
    setup = Setup(engine)
    applied(setup, bundle(), FixedSurroundings(reasons={"host/hub-1": AWAY}))
    setup.cloud.ran.clear()
    applied(setup, bundle(), FixedSurroundings())
    assert setup.cloud.ran == [], "the stack is as it was"
    assert [unit.address for unit in setup.hosts.ran] == ["host/hub-1", "host/a/gw"]
