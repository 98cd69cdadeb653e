"""A Debian host with the agent on it, as new for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hosts.conftest import fleet
from tests.hosts.fleet import Fleet
from tests.hosts.machine import Machine

from .rig import HostRig, put_agent

__all__ = ["fleet"]


@pytest.fixture(scope="module")
def machine(fleet: Fleet) -> Machine:
    """The first gateway with the agent on it."""
    put_agent(fleet["gw-1"])
    return fleet["gw-1"]


@pytest.fixture
def rig(machine: Machine) -> Iterator[HostRig]:
    """That machine with a manifest; what a test puts there is gone afterwards."""
    rig = HostRig(machine)
    yield rig
    rig.clear()


@pytest.fixture
def nftables(rig: HostRig) -> None:
    """The host has nft, and no table of an earlier test."""
    rig.machine.run(
        "command -v nft >/dev/null || apt-get -qq install --yes nftables >/dev/null", timeout=240
    ).ok()
    rig.machine.run("nft flush ruleset").ok()
