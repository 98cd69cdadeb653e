import os
import shutil
from pathlib import Path

import pytest

from aiotctl.stores import open_vault
from aiotctl.stores.vault import FileVault

NOW = 1_795_000_000
"""November 2026."""


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    project = tmp_path / "shop"
    return open_vault(project / ".aiotctl" / "pilot", project)


@pytest.fixture
def now() -> int:
    return NOW


@pytest.fixture(scope="session")
def openssl_program() -> str:
    """Where openssl is; where it is not, that fails in CI and skips elsewhere."""
    found = shutil.which("openssl")
    if found is None:
        reason = "the openssl program is not there; install the package openssl"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found
