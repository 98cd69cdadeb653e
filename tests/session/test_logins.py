"""What a login at a machine of a stack takes, in a folder that plain Ansible is started in."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from aiotctl.access.ssh_keys import new_key, public_half
from aiotctl.backends.hosts import HostRun
from aiotctl.backends.ssh_variables import connection_variables
from aiotctl.engine.removal import nothing
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.names import LOGIN_KEY, host_key
from aiotctl.model.record import Record
from aiotctl.session.building import write_bundle
from aiotctl.session.logins import Logins

NOBODY = 9
"""A port at which nothing listens: ssh is started and refused."""


class Keys:
    """A vault with a key for whatever is asked for."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def values(self, names: Sequence[str]) -> Mapping[str, str]:
        return {name: self.known.setdefault(name, new_key()) for name in names}

    def fingerprints(self, names: Collection[str]) -> Mapping[str, str]:
        return dict.fromkeys(names, "")

    def put(self, name: str, value: str) -> None:
        self.known[name] = value


def test_a_build_brings_keys_along_for_plain_ansible(tmp_path: Path) -> None:
    vault, built = Keys(), tmp_path / "built"
    place = Logins(vault)(HostPlace("hub-1", "127.0.0.1", port=NOBODY, user="ops", stack="stack/hub"))
    run = HostRun("host/hub-1", connection_variables(place), {"runtime": "systemd"})
    bundle = nothing(Record("lineage", 0, "shop", "pilot", "0"))
    written = write_bundle(bundle, built, (run,))
    keys = {file.name: file for file in (built / "keys").iterdir()}
    assert {f"keys/{name}" for name in keys} <= set(written)
    assert {file.stat().st_mode & 0o777 for file in keys.values()} == {0o600}
    asked = [str(Path(sys.executable).with_name("ansible")), "-i", "inventory.json", "all", "-m", "raw"]
    ran = subprocess.run([*asked, "-a", "true", "-vvv"], cwd=built, capture_output=True, text=True)
    login, known = (_named(ran.stdout, option) for option in ("IdentityFile", "UserKnownHostsFile"))
    assert login.parent == known.parent == built / "keys", ran.stdout
    assert login.read_text() == vault.known[LOGIN_KEY]
    assert known.read_text() == f"hub-1 {public_half(vault.known[host_key('hub-1')])}\n"


def _named(said: str, option: str) -> Path:
    found = re.search(rf"{option}=[\"']*([^\"' ]+)", said)
    assert found, said
    return Path(found[1])
