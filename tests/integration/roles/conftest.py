"""Machines for the roles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hosts.conftest import fleet
from tests.hosts.fleet import Fleet
from tests.hosts.machine import Machine

__all__ = ["fleet"]


@pytest.fixture
def machine(fleet: Fleet) -> Iterator[Machine]:
    """The second gateway; as new afterwards."""
    yield fleet["gw-2"]
    fleet.renew("gw-2")
