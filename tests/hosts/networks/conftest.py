"""The machines that all tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hosts.conftest import require_hosts
from tests.hosts.fleet import new_fleet
from tests.hosts.networks.plant import MACHINES, Plant, plant
from tests.hosts.networks.table import FOLDER, Table


@pytest.fixture(scope="package")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """Machines of their own: what is done to them no other test should see."""
    require_hosts()
    with new_fleet(MACHINES) as fleet, plant(fleet, tmp_path_factory.mktemp("networks")) as made:
        yield made


@pytest.fixture(scope="package")
def table(works: Plant) -> Table:
    return Table(FOLDER / "networks.txt")
