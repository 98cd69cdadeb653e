"""A stack in the lab for the whole module, taken away afterwards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from stacks.lab.machines import network
from stacks.lab.machines.container import Container, found
from stacks.lab.provider import labels
from stacks.lab.provider.network import OWNERS
from tests.hosts.conftest import require_hosts
from tests.stacks.lab.works import Works, make_works
from tests.stacks.rig import engine

BLUEPRINT = "lab-under-test"


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """A hub that is made; what is left of it in the end goes."""
    require_hosts()
    engine()
    sweep()
    made = make_works(tmp_path_factory.mktemp("lab"), BLUEPRINT)
    made.up()
    yield made
    if not os.environ.get("AIOTCTL_TEST_KEEP"):
        sweep()


def sweep() -> None:
    """Removes what a run has left that was killed."""
    name = f"{BLUEPRINT}.pilot"
    for left in found(f"{labels.NETWORK}={name}"):
        Container(left.name, "").remove()
    network.remove(labels.PREFIX + name)
    shutil.rmtree(OWNERS / (labels.PREFIX + name), ignore_errors=True)
