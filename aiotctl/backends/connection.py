"""How Ansible reaches a host: on this machine, or over SSH as the environment and ssh_config say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aiotctl.backends.ansible_project import LOCAL
from aiotctl.model.primitives import Host

EMPTY: Mapping[str, str] = MappingProxyType({})


def connection_variables(host: Host, secrets: Mapping[str, str] = EMPTY) -> Mapping[str, str]:
    """Ansible's connection variables of a host. With the unit's ``secrets`` they may hold sudo's password."""
    if host.place is None:
        return LOCAL
    from aiotctl.backends.ssh_options import config_file
    from aiotctl.backends.ssh_variables import connection_variables as over_ssh

    return over_ssh(host.place, config_file(), secrets.get(host.place.become_secret, ""))
