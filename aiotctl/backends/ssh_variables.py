"""The same machine as Ansible dials it."""

from __future__ import annotations

import shlex

from aiotctl.backends.ssh_options import ALWAYS, check, known_key, options
from aiotctl.model.blueprint import HostPlace

PYTHON = "/usr/bin/python3"


def connection_variables(place: HostPlace, config: str = "", become_password: str = "") -> dict[str, str]:
    """Ansible's connection variables of a machine: the options of ssh are those of `ssh_options`.

    With `become_password` the result holds a secret, for files of mode 0600 alone.
    """
    check(place)
    found = {
        "ansible_connection": "ssh",
        "ansible_host": place.address,
        "ansible_python_interpreter": PYTHON,
        "ansible_ssh_common_args": shlex.join(_common(place, config)),
        "ansible_become": "true" if place.become == "sudo" else "false",
    }
    if place.user:
        found["ansible_user"] = place.user
    if place.port:
        found["ansible_port"] = str(place.port)
    if place.key:
        found["ansible_ssh_private_key_file"] = place.key
    if place.become == "sudo":
        found["ansible_become_method"] = "sudo"
    if become_password:
        found["ansible_become_password"] = become_password
    return found


def _common(place: HostPlace, config: str) -> list[str]:
    settings = {**ALWAYS, **known_key(place), **({"ProxyJump": place.jump} if place.jump else {})}
    return [*(["-F", config] if config else []), *options(settings)]
