"""A saved plan is of whoever can open the environment's vault, or it is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aiotctl.engine.planfile import dump, key_for_sealing, parse, require_seal
from aiotctl.errors import AiotctlError
from aiotctl.model import codec
from aiotctl.stores.vault import FileVault, open_vault
from tests.engine.conftest import Engine
from tests.engine.double import bundle


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return open_vault(tmp_path / "state", tmp_path)


def saved(engine: Engine, key: str) -> bytes:
    wanted = bundle()
    return dump(engine.plan(wanted), wanted, key)


def forged(content: bytes) -> bytes:
    """The file with another version in it, and the digest that fits."""
    outer: dict[str, Any] = json.loads(content)
    outer["body"]["version"] = "another"
    text = json.dumps(outer["body"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    outer["digest"] = codec.digest(text.encode())
    return json.dumps(outer).encode()


def test_before_there_is_a_vault_a_plan_has_no_seal(engine: Engine, vault: FileVault) -> None:
    assert key_for_sealing(vault) == ""
    require_seal(saved(engine, ""), "plan", vault)
    assert vault.kept("") == {}


def test_a_plan_is_sealed_and_a_forged_one_is_refused(engine: Engine, vault: FileVault) -> None:
    vault.values(["database/writer"])
    content = saved(engine, key_for_sealing(vault))
    require_seal(content, "plan", vault)
    assert parse(forged(content), "plan")[1].version == "another"
    for bad in (forged(content), saved(engine, ""), saved(engine, "guessed")):
        with pytest.raises(AiotctlError, match="forged"):
            require_seal(bad, "plan", vault)
