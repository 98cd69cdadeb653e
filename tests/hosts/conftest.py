"""A fleet of three machines for the whole session."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from aiotctl.backends.ssh_options import VARIABLE
from tests.hosts.fleet import Fleet, load_fleet, new_fleet
from tests.hosts.space import missing

NAMES = ("hub-1", "gw-1", "gw-2")


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


def require_hosts() -> None:
    """Ends a test that cannot have hosts: as a failure in CI, elsewhere as a skip with the remedy."""
    if reason := missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
