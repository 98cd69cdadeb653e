"""What the role of packages notes of versions that an installation replaced."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from aiotctl.shipped import shipped

OLD, NEW = "2.0.11-1.2", "2.0.11-1.2+deb12u2"


@pytest.fixture(scope="module")
def module() -> ModuleType:
    file = shipped("playbooks") / "roles/packages/library/aiotctl_installed.py"
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def noted(
    module: ModuleType, folder: Path, former: dict[str, str], now: dict[str, str]
) -> dict[str, str] | None:
    module.note_replaced(folder / "installed.json", former, now)
    place = folder / "replaced.json"
    return json.loads(place.read_text()) if place.exists() else None


def test_only_what_was_there_in_another_version_is_noted(module: ModuleType, tmp_path: Path) -> None:
    same = {"mosquitto": OLD, "perl": "5.36"}
    assert noted(module, tmp_path, same, {**same, "nftables": "1.0"}) is None
    assert noted(module, tmp_path, same, {"perl": "5.36"}) is None, "what is gone was not replaced"
    assert noted(module, tmp_path, same, {**same, "mosquitto": NEW}) == {"mosquitto": OLD}


def test_of_several_installations_the_first_tells_where_to_go_back_to(
    module: ModuleType, tmp_path: Path
) -> None:
    noted(module, tmp_path, {"mosquitto": OLD}, {"mosquitto": NEW})
    assert noted(module, tmp_path, {"mosquitto": NEW}, {"mosquitto": "2.1"}) == {"mosquitto": OLD}
