"""The files that an Ansible run reads: play, roles, inventory, manifests."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aiotctl.backends.hosts import HostRun
from aiotctl.errors import failure
from aiotctl.shipped import shipped

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
"""Connection variables of a host whose root is on this machine."""


def write_project(target: Path) -> None:
    """Copies play and roles, module and agent included, so that plain ansible-playbook works in `target`."""
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(shipped("playbooks"), target, symlinks=False, ignore=leave, dirs_exist_ok=True)


def write_manifests(folder: Path, batch: Sequence[HostRun]) -> dict[str, Path]:
    """Writes each host's manifest into a private folder (files 0600) and tells where."""
    folder.mkdir(mode=0o700)
    places: dict[str, Path] = {}
    for number, host in enumerate(batch):
        place = places[host.address] = folder / f"{number}.json"
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(dict(host.manifest), file)
    return places


def inventory(batch: Sequence[HostRun], manifests: Mapping[str, Path]) -> dict[str, Any]:
    """The inventory of a batch. Raises AiotctlError where a value would be taken as a template."""
    return {
        "all": {
            "hosts": {
                host.address: {
                    **_connection(host),
                    "converge_manifest_file": str(manifests[host.address]),
                    "converge_state": "absent" if host.mode == "destroy" else "present",
                    "converge_purge_data": host.purge_data,
                    "converge_adopt": host.adopt,
                }
                for host in batch
            }
        }
    }


def _connection(host: HostRun) -> dict[str, str]:
    given = {name: _plain(host.address, name, value) for name, value in host.connection.items()}
    return {**LOCAL, **given} if given.get("ansible_connection") == "local" else given


def _plain(address: str, name: str, value: str) -> str:
    if any(mark in value for mark in ("{{", "{%", "{#")):
        raise failure(
            "connection-template",
            "A connection value holds template marks",
            f"{name} of {address} would be evaluated by Ansible instead of being used as it is.",
            "Write the value without '{{', '{%' and '{#'.",
        )
    return value
