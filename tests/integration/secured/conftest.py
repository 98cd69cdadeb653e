"""The hosts of the blueprint beside this file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiotctl.pipeline.compile import compile_environment
from tests.integration.secured.machines import Machines


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    """All hosts below a folder that an unprivileged user can reach; what runs at the end is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="aiotctl-secured-"))
    folder.chmod(0o755)
    made = Machines(folder, compile_environment(Path(__file__).with_name("blueprint.yaml"), "pilot").bundle)
    yield made
    for address in reversed(list(made.running)):
        made.stop(address)
    shutil.rmtree(folder)
