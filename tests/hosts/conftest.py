"""A fleet of three machines for the whole session, and an environment that is applied to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiotctl.backends.ssh_options import VARIABLE
from stacks.lab.machines.space import missing
from tests.e2e.laptop import Laptop
from tests.hosts.fleet import Fleet, load_fleet, new_fleet
from tests.hosts.snapshot import Snapshot
from tests.hosts.works import ENVIRONMENT, make_project, simulated_devices

NAMES = ("hub-1", "gw-1", "gw-2")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the applied environment come last in this folder: others renew machines that it lives on."""
    places = [number for number, item in enumerate(items) if Path(__file__).parent in item.path.parents]
    ordered = sorted((items[number] for number in places), key=_lives_on_the_environment)
    for number, item in zip(places, ordered, strict=True):
        items[number] = item


def _lives_on_the_environment(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "works" in item.fixturenames


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """Machines hub-1, gw-1 and gw-2. Fails in CI and skips elsewhere where there can be none."""
    require_hosts()
    if name := os.environ.get("AIOTCTL_TEST_FLEET"):
        yield load_fleet(name)
    else:
        with new_fleet(NAMES) as made:
            yield made


@pytest.fixture
def dialled(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """The fleet, whose ssh_config is the one that is used."""
    monkeypatch.setenv(VARIABLE, str(fleet.ssh_config))
    return fleet


@pytest.fixture(scope="package")
def before(fleet: Fleet) -> dict[str, Snapshot]:
    """What the machines were before anything was applied."""
    return {machine.name: machine.snapshot() for machine in fleet}


@pytest.fixture(scope="package")
def works(
    fleet: Fleet, before: dict[str, Snapshot], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Laptop]:
    """A project whose environment is applied to the fleet, its devices served. Its last test destroys it."""
    project = make_project(fleet, tmp_path_factory.mktemp("works"))
    with simulated_devices(project, fleet):
        applied = project.run("apply", "--env", ENVIRONMENT, "--yes", timeout=600).ok()
        print(applied.out)
        yield project


def require_hosts() -> None:
    """Ends a test that cannot have hosts: as a failure in CI, elsewhere as a skip with the remedy."""
    if reason := missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
