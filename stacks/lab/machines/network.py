"""A private network of containers, and who has which address in it."""

from __future__ import annotations

import ipaddress
import json
import zlib
from collections.abc import Collection, Mapping

from stacks.lab.machines import child
from stacks.lab.machines.failure import LabError
from stacks.lab.machines.space import podman

_FIRST = 10
"""Addresses below are for what the host puts there: the gateway is the first."""


def subnet(name: str) -> str:
    """The network's CIDR, empty where it is not there."""
    told = json.loads(podman("network", "inspect", name, check=False) or b"[]")
    return str(told[0]["subnets"][0]["subnet"]) if told else ""


def make(name: str, cidr: str, labels: Mapping[str, str]) -> None:
    """Makes a network. Raises LabError where something here has its addresses already."""
    marks = (word for key, value in labels.items() for word in ("--label", f"{key}={value}"))
    try:
        podman("network", "create", "--subnet", cidr, *marks, name)
    except LabError as error:
        if "already used on the host" not in error.what:
            raise
        raise LabError(
            f"the network {cidr} is in use on this machine already",
            "Give this environment another one: `cidr` of its `platform.cloud`.",
        ) from None


def close(name: str) -> None:
    """Lets nothing into a network that was not asked for from within: what is not on this machine, and not in
    the same network, could be routed to it else. Lasts until the next boot; to be repeated before a start.
    """
    table, bridge = _table(name), json.loads(podman("network", "inspect", name))[0]["network_interface"]
    rules = (
        f"add table inet {table}\n"
        f"flush table inet {table}\n"
        f"add chain inet {table} inward {{ type filter hook forward priority -10; policy accept; }}\n"
        f'add rule inet {table} inward oifname "{bridge}" iifname != "{bridge}" ct state new drop\n'
    )
    child.run(["nft", "-f", "-"], rules.encode(), timeout=30)


def remove(name: str) -> None:
    """Takes a network away; nothing where it is not there."""
    child.run(["nft", "delete", "table", "inet", _table(name)], timeout=30, check=False)
    podman("network", "rm", "--force", name, check=False)


def _table(name: str) -> str:
    return f"aiotctl_lab_{zlib.crc32(name.encode()):08x}"


def address_for(name: str, cidr: str, taken: Collection[str]) -> str:
    """An address for something of this name: the same again as long as nobody else got it meanwhile."""
    network = ipaddress.IPv4Network(cidr)
    count = network.num_addresses - _FIRST - 1
    first = zlib.crc32(name.encode()) % max(count, 1)
    for step in range(count):
        address = str(network[_FIRST + (first + step) % count])
        if address not in taken:
            return address
    raise LabError(
        f"the network {cidr} has no address left for {name}",
        "Give the environment a larger one: `cidr` of its `platform.cloud`.",
    )
