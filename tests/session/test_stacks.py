"""Plan, apply and destroy of an environment in a cloud: the engine is the real one, the cloud a folder of
things that calls itself the lab, and the hosts are doubles.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from aiotctl.backends import pulumi_units
from aiotctl.engine import planfile
from aiotctl.engine.protocols import Backend
from aiotctl.errors import AiotctlError, Exit
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Event, Finished
from aiotctl.model.plan import Action, Plan
from aiotctl.model.primitives import Stack
from aiotctl.pipeline.compile import compile_environment
from aiotctl.pipeline.lower import stacks as lower_stacks
from aiotctl.session import applying, building_stacks, planning, stacks
from aiotctl.session.building_stacks import PASSPHRASE_FILE, bound_stack_files
from aiotctl.session.environment import Environment, open_environment
from aiotctl.session.planning import Options
from tests.backends.pulumi import by_hand
from tests.backends.pulumi.conftest import Toy, install, toy_in
from tests.session.fleet import LookedAt, doubled

BLUEPRINT = """
blueprint: v1
name: t
owner: me
platform:
  broker: {engine: mosquitto}
  timeseries: {engine: postgres}
  lake: {engine: seaweedfs}
  runtime: {engine: systemd}
  cloud: {engine: lab, cidr: CIDR}
device_types:
  meter: {protocol: modbus-tcp, points: {p: {register: holding/1, unit: kW}}}
sites:
  a:
    gateways: {g1: {}}
    devices: {d1: {type: meter, gateway: g1, endpoint: 10.0.0.1}}
environments:
  pilot:
    hosts: {hub-1: {serves: [broker, timeseries, lake]}, a/g1: {address: 127.1.0.2}}
"""
HUB, ADDRESS = "stack/hub", "stack/hub#machine/hub-1/address"
PRIVATE = "stack/hub#machine/hub-1/private_address"
LOSS = Options(allow_data_loss=True)


@dataclass
class Shop:
    """An environment whose hosts are doubles and whose cloud is a toy."""

    folder: Path
    toy: Toy
    hosts: LookedAt
    environment: Environment

    def bundle(self, cidr: str = "10.91.0.0/24") -> Bundle:
        file = self.folder / "blueprint.yaml"
        file.write_text(BLUEPRINT.replace("CIDR", cidr))
        return compile_environment(file, None).bundle

    def plan(self, bundle: Bundle, options: Options | None = None) -> Plan:
        return planning.plan(self.environment, bundle, options or Options())

    def apply(self, bundle: Bundle, options: Options | None = None) -> Finished:
        return _finished(
            applying.apply(self.environment, bundle, options or Options(), _yes, _untold, _go_on)
        )

    def apply_saved(self, content: bytes, options: Options | None = None) -> Finished:
        plan, bundle = planfile.parse(content, "saved")
        return _finished(
            applying.apply_saved(self.environment, plan, bundle, options or Options(), _untold, _go_on)
        )

    def destroy(self, options: Options) -> Finished:
        return _finished(applying.destroy(self.environment, options, _yes, _untold, _go_on))

    def outputs(self) -> dict[str, str]:
        return dict(self.environment.record_or_new().outputs)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("TOY_WORLD", str(tmp_path / "world"))
    shipped = install(tmp_path, "lab")
    for user in (pulumi_units, building_stacks):
        monkeypatch.setattr(user, "shipped", lambda _: shipped)
    hosts = doubled(monkeypatch)

    def backends(environment: Environment, _: object, tell: Callable[[Event], None]) -> dict[str, Backend]:
        return {"host": hosts, "schema": hosts, "stack": stacks.stack_backend(environment, tell)}

    monkeypatch.setattr(applying, "backends", backends)
    monkeypatch.setattr(applying, "unready", lambda *_, **__: {})
    environment = open_environment(tmp_path, "t", "pilot", None, lambda _: None)
    return Shop(tmp_path, toy_in(tmp_path), hosts, environment)


def test_an_environment_in_a_cloud(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shop.bundle()
    saved = planfile.dump(shop.plan(first, Options(saved=True)), first)
    assert not (shop.folder / ".aiotctl" / "pilot").exists(), "a plan writes nothing"
    assert shop.apply_saved(saved).done == 4
    assert list(shop.toy.things()) == ["Machine.hub-1"]
    assert shop.outputs()[ADDRESS] == shop.toy.things()["Machine.hub-1"]["address"]

    with monkeypatch.context() as without:
        without.setattr(stacks, "_engine", lambda _: pytest.fail("no engine where nothing changed"))
        assert shop.plan(shop.bundle()).is_empty
        assert shop.apply(shop.bundle()).done == 0

    with monkeypatch.context() as other:
        other.setattr(lower_stacks, "stack_program", lambda _: "of another version")
        plan = shop.plan(shop.bundle())
        assert (plan.is_empty, plan.settled) == (True, (HUB,)), (
            "the engine was asked, and found nothing to do"
        )

    moved = shop.bundle("10.92.0.0/24")
    plan = shop.plan(moved, Options(saved=True))
    [lost] = plan.changes[0].loses_data
    assert (lost.name, lost.reasons) == ("hub-1", ("cidr",))
    maybe = {change.address: change.awaits for change in plan.changes if change.action is Action.MAYBE}
    assert set(maybe["host/hub-1"]) == {ADDRESS, PRIVATE}
    with pytest.raises(AiotctlError) as refused:
        shop.apply(moved)
    assert [one.code for one in refused.value.diagnostics] == ["data-loss"]

    saved = planfile.dump(plan, moved)
    shop.apply(moved, LOSS)
    restored = replace(shop.environment.record_or_new(), serial=plan.serial)
    monkeypatch.setattr(Environment, "record", lambda _: restored)  # the record as if nobody had applied
    with pytest.raises(AiotctlError) as stale:
        shop.apply_saved(saved, LOSS)
    assert (stale.value.exit_code, stale.value.diagnostics[0].code) == (Exit.STALE, "stale-plan")
    assert HUB in stale.value.diagnostics[0].detail
    monkeypatch.undo()


def test_what_is_built_is_a_project_of_its_own_and_agrees_that_nothing_is_to_change(shop: Shop) -> None:
    bundle = shop.bundle()
    shop.apply(bundle)
    hub = bundle.render(HUB)
    assert isinstance(hub, Stack)
    for file in bound_stack_files(shop.environment, hub):
        path = shop.folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(file.mode)
    built, programs = shop.folder / HUB, shop.folder / "programs"
    assert (built / PASSPHRASE_FILE).stat().st_mode & 0o777 == 0o600
    assert "OPENSSH" not in (built / "Pulumi.pilot-hub.yaml").read_text()
    (programs / "bin").mkdir(parents=True)
    (programs / "bin" / "pulumi").symlink_to(shop.toy.place.engine().path)
    ran = subprocess.run(
        [sys.executable, by_hand.__file__, "pilot-hub", str(programs)],
        cwd=built,
        env={
            **os.environ,
            "PYTHONPATH": str(built),
            "PULUMI_HOME": str(shop.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE_FILE": PASSPHRASE_FILE,
            "AIOTCTL_PYTHON": sys.executable,
        },
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert set(json.loads(ran.stdout)) == {"same"}


def test_what_a_destroy_would_lose_must_be_allowed(shop: Shop) -> None:
    shop.apply(shop.bundle())
    shop.hosts.ran.clear()
    with pytest.raises(AiotctlError) as refused:
        shop.destroy(Options())
    assert "delete lab:index:Machine hub-1" in refused.value.diagnostics[0].detail
    assert shop.hosts.ran == []
    shop.destroy(LOSS)
    assert shop.toy.things() == {}
    assert shop.hosts.order == ["host/a/g1"]
    assert shop.outputs() == {}


def _finished(finished: Finished | None) -> Finished:
    assert finished is not None
    assert not finished.failed
    return finished


def _yes(_: Plan) -> bool:
    return True


def _untold(_: Event) -> None:
    return None


def _go_on() -> bool:
    return False
