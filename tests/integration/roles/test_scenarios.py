"""Each role by itself on a machine of its own: every file in scenarios/ is a playbook with its checks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aiotctl.backends.ssh_variables import connection_variables
from aiotctl.shipped import shipped
from tests.hosts.fleet import Fleet
from tests.integration.systemd.rig import manifest

SCENARIOS = sorted(Path(__file__).with_name("scenarios").glob("*.yml"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_role(fleet: Fleet, tmp_path: Path, scenario: Path) -> None:
    wanted = manifest()
    wanted["services"] = []
    wanted["directories"] = []
    for file in wanted["files"]:
        file["group"] = None
    wanted["confirm"] = {"id": "change-1", "within_seconds": 60}
    (tmp_path / "manifest.json").write_text(json.dumps(wanted))
    variables = connection_variables(fleet["gw-2"].place(), str(fleet.ssh_config))
    variables["manifest_file"] = str(tmp_path / "manifest.json")
    inventory = {"all": {"hosts": {"gw-2": variables}}}
    (tmp_path / "inventory.json").write_text(json.dumps(inventory))
    command = [
        Path(sys.executable).with_name("ansible-playbook"),
        "-i",
        tmp_path / "inventory.json",
        scenario,
    ]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "LANG": "C.UTF-8",
        "ANSIBLE_ROLES_PATH": str(shipped("playbooks") / "roles"),
        "ANSIBLE_HOME": str(tmp_path / "home"),
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_INVENTORY_ENABLED": "yaml",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
