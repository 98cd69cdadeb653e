"""Ansible dials machines as ssh does: same users, keys, jump hosts and passwords."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from aiotctl.backends.ansible import environment
from aiotctl.backends.ssh_variables import connection_variables
from aiotctl.model.blueprint import HostPlace
from tests.hosts.fleet import Fleet
from tests.hosts.image import CLERK_PASSWORD

ANSIBLE = Path(sys.executable).parent / "ansible"


def as_root(fleet: Fleet, folder: Path, places: dict[str, tuple[HostPlace, str]]) -> dict[str, str]:
    """What each host says to `id -u` as root, or its failure."""
    hosts = {
        name: connection_variables(place, str(fleet.ssh_config), password)
        for name, (place, password) in places.items()
    }
    inventory = folder / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    settings = {**environment(folder), "ANSIBLE_CALLBACK_PLUGINS": str(folder)}
    words = [str(ANSIBLE), "-i", str(inventory), "all", "-a", "id -u", "--tree", str(folder / "told")]
    subprocess.run(words, capture_output=True, timeout=120, env=settings, cwd=folder)
    told = {name: json.loads((folder / "told" / name).read_text()) for name in places}
    return {name: found.get("stdout") or str(found.get("msg", "")) for name, found in told.items()}


@pytest.fixture
def places(fleet: Fleet) -> dict[str, tuple[HostPlace, str]]:
    gateway = fleet["gw-1"].place()
    return {
        "plain": (fleet["hub-1"].place(), ""),
        "behind": (replace(gateway, jump="gw-2"), ""),
        "asked": (replace(gateway, user="clerk"), CLERK_PASSWORD),
        "no-root": (replace(gateway, user="guest", become="none"), ""),
        "stranger": (replace(gateway, user="stranger"), ""),
    }


def test_ansible_reaches_them_too(
    fleet: Fleet, tmp_path: Path, places: dict[str, tuple[HostPlace, str]]
) -> None:
    found = as_root(fleet, tmp_path, places)
    refused = found.pop("stranger")
    assert found == {"plain": "0", "behind": "0", "asked": "0", "no-root": "1002"}
    assert "Permission denied" in refused
