"""How Ansible reaches a host: on this machine, or over SSH as the environment and ssh_config say."""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.backends.ansible_project import LOCAL
from aiotctl.model.primitives import Host


def connection_variables(host: Host) -> Mapping[str, str]:
    """Ansible's connection variables of a host."""
    if host.place is None:
        return LOCAL
    from aiotctl.backends.ssh_variables import ssh_variables

    return ssh_variables(host.place)
