"""Stacks in plan and apply: when the engine is asked, what hangs on what it gives, what goes with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from aiotctl.engine import planfile
from aiotctl.engine.applier import Apply
from aiotctl.engine.batches import Means
from aiotctl.engine.ledger import recovered
from aiotctl.engine.planner import World, make_plan
from aiotctl.engine.protocols import BoundUnit, Preview
from aiotctl.engine.removal import destroy_plan, nothing
from aiotctl.engine.selection import Selection
from aiotctl.model.blueprint import HostPlace, Json
from aiotctl.model.bundle import Bundle, Part, Unit
from aiotctl.model.cloud import Arguments, Machine, Network
from aiotctl.model.events import Event, Finished, UnitDone
from aiotctl.model.plan import Action, Drift, Plan, ResourceAction, ResourceChange
from aiotctl.model.primitives import ConfigFile, Host, Ref, Rendered, Stack
from aiotctl.model.record import Record
from aiotctl.pipeline import facts
from tests.engine.conftest import Engine
from tests.engine.double import FixedSurroundings, RecordingBackend

ADDRESS = "machine/hub-1/address"
KEY = f"stack/hub#{ADDRESS}"
UPDATED = ResourceChange("urn:1", "lab:index:Machine", "hub-1", ResourceAction.UPDATE, ("memory_gib",))
REPLACED = ResourceChange("urn:1", "lab:index:Machine", "hub-1", ResourceAction.REPLACE, ("cidr",), True)


@dataclass
class Cloud:
    """Plays the engine of stacks: gives what it is told to, and remembers what it was asked."""

    outputs: dict[str, str] = field(default_factory=lambda: {ADDRESS: "192.0.2.7"})
    preview: Preview = field(default_factory=Preview)
    asked: list[str] = field(default_factory=list)
    ran: list[BoundUnit] = field(default_factory=list)

    def __call__(self, units: Sequence[str], gone: Sequence[str]) -> Mapping[str, Preview]:
        self.asked += [*units, *gone]
        return dict.fromkeys([*units, *gone], self.preview)

    def observe(self, batch: Sequence[BoundUnit]) -> Mapping[str, tuple[Drift, ...]]:
        return {}

    def run(self, batch: Sequence[BoundUnit], cancelled: Callable[[], bool]) -> Iterator[Event]:
        for unit in batch:
            self.ran.append(unit)
            yield UnitDone(unit.address, (), 0.0, {} if unit.remove else self.outputs, {"token": "secret"})


@dataclass
class Setup:
    """An engine with a cloud."""

    engine: Engine
    cloud: Cloud = field(default_factory=Cloud)
    hosts: RecordingBackend = field(default_factory=RecordingBackend)

    @property
    def record(self) -> Record:
        store = self.engine.store
        return recovered(store.load() or Record("lineage", 0, "shop", "pilot", "0"), store.journal())

    def plan(self, bundle: Bundle, world: World | None = None) -> Plan:
        self.cloud.asked.clear()
        store = self.engine.store
        return make_plan(bundle, self.record, store, Selection(), world, previewing=self.cloud)

    def apply(self, plan: Plan, bundle: Bundle) -> Finished:
        backends = {"host": self.hosts, "stack": self.cloud}
        around, told = FixedSurroundings(), self.engine.told.append
        store, vault, health = self.engine.store, self.engine.vault, self.engine.health
        means = Means(store, vault, backends, around, health, told, lambda: False)
        with store.lock("apply", 0):
            return Apply(plan, bundle, self.record, means).run()[0]

    def made(self, bundle: Bundle) -> None:
        self.apply(self.plan(bundle), bundle)
        self.hosts.ran.clear()
        self.cloud.ran.clear()


def bundle(memory: int = 4, owner: str = "ops", stack: bool = True) -> Bundle:
    """A stack with one machine, the hub on it, and a gateway of its own that dials it."""
    machine = Machine("hub-1", ("broker",), 2, memory, 20, "", "ops", "")
    arguments = Arguments("lab", "", "shop", "pilot", "ops", False, Network("10.0.0.0/24"), (machine,))
    part = Part("platform/cloud", {"owner": owner}, facts.digest({"owner": owner}))
    dialled: tuple[str | Ref, ...] = ("broker = ", Ref("stack/hub", ADDRESS))
    hub = Host("host/hub-1", HostPlace("hub-1", "", serves=("broker",), stack="stack/hub"), (), (), (), ())
    gateway = Host("host/a/gw", HostPlace("a/gw", "10.1.0.1"), (), (), (ConfigFile("etc/t", dialled),), ())
    rendered: dict[str, Rendered] = {"host/hub-1": hub, "host/a/gw": gateway}
    needs: dict[str, tuple[str, ...]] = {"host/hub-1": ("stack/hub",), "host/a/gw": ("host/hub-1",)}
    if stack:
        rendered["stack/hub"] = Stack("stack/hub", arguments)
        needs["stack/hub"] = ()
    units = {address: _unit(address, part, memory, needs[address]) for address in rendered}
    own: Json = {"memory": memory}
    return Bundle(
        "shop",
        "pilot",
        "0",
        {part.address: part},
        units,
        own_facts=lambda _: own,
        render=lambda address: rendered[address],
        collected=lambda _: ((), ()),
    )


def _unit(address: str, part: Part, memory: int, needs: tuple[str, ...]) -> Unit:
    own = {"memory": memory} if address == "stack/hub" else {}
    digest = facts.digest([own, part.digest])
    return Unit(address, address.split("/")[0], digest, (part.address,), facts.digest(own), needs)


def actions(plan: Plan) -> dict[str, Action]:
    return {change.address: change.action for change in plan.changes}


def test_a_stack_comes_first_and_its_outputs_reach_hosts_record_and_vault(engine: Engine) -> None:
    world = Setup(engine)
    plan = world.plan(bundle())
    assert list(actions(plan)) == ["stack/hub", "host/hub-1", "host/a/gw"]
    world.apply(plan, bundle())
    hub, gateway = world.hosts.ran
    assert isinstance(hub.rendered, Host) and hub.rendered.place is not None
    assert hub.rendered.place.address == "192.0.2.7"
    assert gateway.outputs[KEY] == "192.0.2.7"
    assert world.record.outputs[KEY] == "192.0.2.7"
    assert "stack/hub/token" in engine.vault.changed
    assert "secret" not in str(world.record.outputs)


def test_without_a_change_the_engine_is_not_asked(engine: Engine) -> None:
    world = Setup(engine)
    world.made(bundle())
    assert world.plan(bundle()).is_empty
    assert world.cloud.asked == []
    another = world.plan(bundle(owner="somebody else"))  # another input, the same stack
    assert "stack/hub" not in actions(another)
    assert world.cloud.asked == []


def test_a_change_is_the_engines_and_what_hangs_on_a_moved_output_may_change(engine: Engine) -> None:
    world = Setup(engine)
    world.made(bundle())
    world.cloud.preview = Preview((UPDATED,), {ADDRESS: "192.0.2.7"})
    plan = world.plan(bundle(memory=8))
    assert actions(plan) == {"stack/hub": Action.UPDATE}
    assert plan.changes[0].resources == (UPDATED,)
    world.cloud.preview = Preview((REPLACED,), {ADDRESS: None})
    plan = world.plan(bundle(memory=8))
    assert actions(plan) == {
        "stack/hub": Action.UPDATE,
        "host/hub-1": Action.MAYBE,
        "host/a/gw": Action.MAYBE,
    }
    assert plan.changes[1].awaits == (KEY,)
    assert plan.changes[0].loses_data == (REPLACED,)
    again, _ = planfile.parse(planfile.dump(plan, bundle(memory=8)), "saved")
    assert again == plan
    world.cloud.outputs = {ADDRESS: "192.0.2.8"}
    world.apply(plan, bundle(memory=8))
    assert world.record.outputs[KEY] == "192.0.2.8"
    assert world.plan(bundle(memory=8)).is_empty


def test_a_change_that_the_engine_sees_none_in_settles_the_record(engine: Engine) -> None:
    world = Setup(engine)
    world.made(bundle())
    plan = world.plan(bundle(memory=8))
    assert (plan.is_empty, plan.settled, world.cloud.asked) == (True, ("stack/hub",), ["stack/hub"])
    world.apply(plan, bundle(memory=8))
    assert world.plan(bundle(memory=8)).settled == ()


def test_drift_of_a_stack_is_repaired_and_an_unfinished_one_gone_on_with(engine: Engine) -> None:
    world = Setup(engine)
    world.made(bundle())
    gone = (Drift("lab:index:Machine hub-1", "is gone"),)
    made = ResourceChange("urn:1", "lab:index:Machine", "hub-1", ResourceAction.CREATE)
    world.cloud.preview = Preview((made,), {ADDRESS: None}, gone)
    plan = world.plan(bundle(), World({}, 1.0))
    assert actions(plan)["stack/hub"] is Action.REPAIR
    assert plan.changes[0].drift == gone
    world.apply(plan, bundle())
    assert world.cloud.ran[0].refresh
    world.cloud.preview = Preview(unfinished=("creating hub-1",))
    world.engine.store.save(_interrupted(world.record))
    plan = world.plan(bundle())
    assert (plan.changes[0].action, plan.changes[0].summary) == (
        Action.UPDATE,
        "unfinished: creating hub-1",
    )


def test_what_lives_on_a_stacks_machine_goes_with_it(engine: Engine) -> None:
    world = Setup(engine)
    world.made(bundle())
    world.cloud.preview = Preview((ResourceChange("u", "lab:index:Machine", "hub-1", ResourceAction.DELETE),))
    plan = destroy_plan(world.record, engine.store, world.cloud)
    going = {change.address: change.goes_with for change in plan.changes}
    assert going == {"host/a/gw": "", "host/hub-1": "stack/hub", "stack/hub": ""}
    world.apply(plan, nothing(world.record))
    assert world.hosts.order == ["host/a/gw"], "nobody logs in to a machine that goes"
    assert [unit.remove for unit in world.cloud.ran] == [True]
    assert (dict(world.record.units), dict(world.record.outputs)) == ({}, {})


def _interrupted(record: Record) -> Record:
    stack = replace(record.units["stack/hub"], state="unknown")
    return replace(record, units={**record.units, "stack/hub": stack}, serial=record.serial + 1)
