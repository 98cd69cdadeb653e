"""The whole path in the lab: Pulumi makes the machines, Ansible makes them hub and gateway, simulated devices
feed them, every point flows, a second apply has nothing to do, and nothing is left at the end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aiotctl.toolbox.locate import locate
from stacks.lab.machines import network, space
from stacks.lab.machines.container import found
from stacks.lab.provider import labels
from tests.e2e.laptop import Laptop

pytestmark = pytest.mark.timeout(2400)

ENVIRONMENT = "lab"
HUB, GATEWAY = "machine.hub-1", "machine.plant-a.gw-1"
"""Names of containers within an environment."""
VARIANTS = ("on-hosts", "managed")
LONG_S = 1500.0
"""So long an apply of new machines may take beside all that else runs here."""

IN_CLOUD = "[broker, timeseries, lake]", "timeseries: {engine: postgres}\n        lake: {export: 10s}"
MANAGED = "[broker]", "timeseries: {engine: managed}\n        lake: {engine: bucket, export: 10s}"


@dataclass(frozen=True)
class Lab:
    """A project that is applied to the lab, and the name of its network there."""

    project: Laptop
    network: str

    def run(self, *words: str) -> str:
        """What a command about the environment prints, once it has succeeded."""
        return self.project.run(*words, "--env", ENVIRONMENT, timeout=LONG_S).ok().out

    def plan(self, *words: str) -> dict[str, dict[str, object]]:
        """What an apply would do, by the unit's address."""
        messages = map(json.loads, self.run("plan", "--json", *words).splitlines())
        return {one["address"]: one for one in messages if one["type"] == "planned_change"}

    def machines(self) -> set[str]:
        """The containers of the environment, by their names in it."""
        named = found(f"{labels.NETWORK}={self.network}")
        return {one.name.removeprefix(f"{labels.PREFIX}{self.network}.") for one in named}

    def engine_logs(self) -> set[str]:
        """The files in which the engine's words are kept, one an operation."""
        return {path.name for path in (self.project.folder / ".aiotctl" / "logs").glob("*")}


def require_lab() -> None:
    """Fails in CI and skips elsewhere where there can be no machines or there is no engine."""
    reason = space.missing() or ("" if locate("pulumi") else "pulumi is not there: make programs")
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="module", params=VARIANTS)
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The press shop's lab as the template has it, and with the cloud's own database and bucket."""
    require_lab()
    folder = tmp_path_factory.mktemp("lab")
    name = f"path-{request.param}"
    project = Laptop(folder / request.param, folder / "home", name=ENVIRONMENT)
    for made in (project.home, project.temporary):
        made.mkdir()
    answers = ("--defaults", "--data", f"name={name}")
    project.run("init", "press-shop", str(project.folder), *answers, cwd=folder).ok()
    project.edit("cloud: {engine: lab}", f"cloud: {{engine: lab, cidr: {_cidr(request.param)}}}")
    if request.param == "managed":
        _with_managed_services(project.folder / "blueprint.yaml")
    made = Lab(project, f"{name}.{ENVIRONMENT}")
    try:
        yield made
    finally:
        if project.state.exists():
            project.run("destroy", "--env", ENVIRONMENT, "--purge-data", "--yes", timeout=LONG_S).ok()
        assert made.machines() == set()
        assert not network.subnet(f"{labels.PREFIX}{made.network}")


def _cidr(variant: str) -> str:
    return {"on-hosts": "10.87.45.0/24", "managed": "10.87.46.0/24"}[variant]


def _with_managed_services(blueprint: Path) -> None:
    head, mark, lab = blueprint.read_text("utf-8").partition("  lab:")
    lab, pilot, rest = lab.partition("  pilot:")
    for before, after in zip(IN_CLOUD, MANAGED, strict=True):
        assert before in lab
        lab = lab.replace(before, after)
    blueprint.write_text(head + mark + lab + pilot + rest, "utf-8")


def test_a_plan_before_the_first_apply_knows_what_is_known_later(lab: Lab) -> None:
    planned = lab.plan()
    assert list(planned)[:2] == ["stack/field", "stack/hub"], "machines before what runs on them"
    assert {one["action"] for one in planned.values()} == {"create"}
    assert lab.machines() == set(), "a plan makes nothing"


def test_an_apply_makes_machines_and_every_point_flows(lab: Lab) -> None:
    lab.run("apply", "--yes")
    assert {HUB, GATEWAY} <= lab.machines()
    lab.run("verify", "--wait", "120s")


def test_a_second_apply_has_nothing_to_do_and_starts_no_engine(lab: Lab) -> None:
    before = lab.engine_logs()
    assert "Nothing to do" in lab.run("apply", "--yes")
    assert lab.plan() == {}
    assert lab.engine_logs() == before


def test_a_look_at_the_world_finds_it_as_it_was_applied(lab: Lab) -> None:
    assert lab.plan("--refresh") == {}


def test_machines_are_known_by_the_keys_they_were_given(lab: Lab) -> None:
    environment = lab.project.environment
    known = environment.vault.kept("host_key/")
    assert known.keys() == {"host_key/hub-1", "host_key/plant-a.gw-1"}
    told = lab.run("status")
    assert "host/hub-1  running" in told
    assert "host/plant-a/gw-1  running" in told


@pytest.mark.parametrize("lab", [VARIANTS[0]], indirect=True)  # the gateway is the same in all
def test_a_machine_that_was_removed_by_hand_comes_back_with_all_that_was_on_it(lab: Lab) -> None:
    space.podman("rm", "--force", "--time", "0", f"{labels.PREFIX}{lab.network}.{GATEWAY}")
    planned = lab.plan("--refresh")
    assert "stack/field" in planned
    lab.run("apply", "--refresh", "--yes")
    assert GATEWAY in lab.machines()
    lab.run("verify", "--wait", "120s")


def test_nothing_is_left_in_the_end(lab: Lab) -> None:
    lab.run("destroy", "--purge-data", "--yes")
    assert lab.machines() == set()
    assert not lab.project.state.exists()
