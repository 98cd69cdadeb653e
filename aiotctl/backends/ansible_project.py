"""The files that an Ansible run reads: play, roles, inventory, manifests."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aiotctl.backends.hosts import HostRun, ProgramDelivery
from aiotctl.errors import failure
from aiotctl.model.address import is_central
from aiotctl.shipped import shipped

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
"""Connection variables of a host whose root is on this machine."""


CONFIRM_SECONDS = 120
"""How long a machine waits for the confirmation of a change before it takes it back."""


def write_project(target: Path) -> None:
    """Copies play and roles, module and agent included, so that plain ansible-playbook works in `target`."""
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(shipped("playbooks"), target, symlinks=False, ignore=leave, dirs_exist_ok=True)


def write_manifests(
    folder: Path, batch: Sequence[HostRun], within_seconds: int = CONFIRM_SECONDS
) -> dict[str, Path]:
    """Writes each host's manifest into a private folder (files 0600) and tells where.

    A machine of its own takes a change back that is not confirmed `within_seconds`, and one second more for
    each host that its confirmation may wait for; 0: a change stays at once.
    """
    within_seconds += len(batch) if within_seconds else 0
    folder.mkdir(mode=0o700)
    places: dict[str, Path] = {}
    for number, host in enumerate(batch):
        place = places[host.address] = folder / f"{number}.json"
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(_manifest(host, within_seconds), file)
    return places


def _manifest(host: HostRun, within_seconds: int) -> dict[str, Any]:
    if not (host.of_its_own and within_seconds and host.mode == "apply"):
        return dict(host.manifest)
    confirm = {"id": uuid.uuid4().hex, "within_seconds": within_seconds}
    return {"confirm": confirm, **host.manifest}


def write_archives(folder: Path, batch: Sequence[HostRun]) -> dict[str, Path]:
    """Packs every folder that is delivered, once, and tells the archive of each digest."""
    folder.mkdir(mode=0o700)
    archives: dict[str, Path] = {}
    for delivery in (delivery for host in batch for delivery in host.deliveries):
        if delivery.source.is_dir() and delivery.digest not in archives:
            place = archives[delivery.digest] = folder / f"{len(archives)}.tar"
            with tarfile.open(place, "w") as archive:
                archive.add(delivery.source, ".")
    return archives


def inventory(
    batch: Sequence[HostRun], manifests: Mapping[str, Path], archives: Mapping[str, Path] | None = None
) -> dict[str, Any]:
    """The inventory of a batch. Hosts in the group systemd are machines of their own, those in absent are
    cleared; gateways come after the others. Raises AiotctlError where a value would be taken as a template.
    """
    own = [host for host in batch if host.of_its_own]
    return {
        "all": {
            "hosts": {host.address: _variables(host, manifests, archives or {}) for host in batch},
            "children": {
                "systemd": {"hosts": {host.address: {} for host in own}},
                "gateways": {"hosts": {host.address: {} for host in own if not is_central(host.address)}},
                "absent": {"hosts": {host.address: {} for host in own if host.mode == "destroy"}},
            },
        }
    }


def _variables(host: HostRun, manifests: Mapping[str, Path], archives: Mapping[str, Path]) -> dict[str, Any]:
    found: dict[str, Any] = {
        **_connection(host),
        "converge_state": "absent" if host.mode == "destroy" else "present",
        "converge_purge_data": host.purge_data,
        "converge_adopt": host.adopt,
    }
    if host.address in manifests:  # else the role finds it beside the play
        found["converge_manifest_file"] = str(manifests[host.address])
    if not host.of_its_own:
        return found
    if host.mode == "destroy":  # nothing is wanted any more
        return {**found, "time_daemon": ""}
    packages = [{"name": name, "version": version} for name, version in host.packages.items()]
    programs = [_delivery(host.address, delivery, archives) for delivery in host.deliveries]
    return {
        **found,
        "packages_wanted": packages,
        "accounts_wanted": list(host.accounts),
        "delivery_programs": programs,
    }


def _delivery(address: str, delivery: ProgramDelivery, archives: Mapping[str, Path]) -> dict[str, Any]:
    digest = delivery.digest.removeprefix("sha256:")
    source = str(archives.get(delivery.digest, delivery.source))
    return {
        "name": delivery.name,
        "digest": digest,
        "source": _plain(address, delivery.name, source),
        "archive": delivery.digest in archives,
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
