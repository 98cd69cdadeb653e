"""Ports on this machine: kept once chosen, chosen among the free ones."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence

from aiotctl.errors import failure
from aiotctl.model import address
from aiotctl.model.primitives import Host, Port

LOOPBACK = "127.0.0.1"
TRIED = 2000
"""How many ports above the preferred one are tried before giving up."""


def choose(hosts: Sequence[Host], known: Mapping[str, str], stands: Callable[[str], bool]) -> dict[str, str]:
    """Outputs ``SERVICE#PORT.port``, ``.host`` and ``.address`` for every port of these hosts' services.

    A port that was chosen before is kept while it is free or its host runs (``stands``). Where nothing of the
    host runs, another program was quicker, and a new one is chosen. Raises AiotctlError where none is free.
    """
    taken = {int(value) for key, value in known.items() if key.endswith(".port")}
    outputs: dict[str, str] = {}
    for host, name, one in _wanted(hosts):
        before = known.get(f"{name}.port")
        keep = before is not None and (_can_bind(int(before)) or stands(host.address))
        port = int(before) if before is not None and keep else _free(one.preferred, taken)
        taken.add(port)
        where = listens(host, one)
        outputs[f"{name}.port"] = str(port)
        outputs[f"{name}.host"] = where
        outputs[f"{name}.address"] = f"{where}:{port}"
    return outputs


def listens(host: Host, port: Port) -> str:
    """The address of this machine on which a port listens: the loopback, unless machines of a lab dial it."""
    return host.listens if port.exposed and host.listens else LOOPBACK


def _wanted(hosts: Sequence[Host]) -> Iterator[tuple[Host, str, Port]]:
    for host in hosts:
        for service in host.services:
            for port in service.ports:
                yield host, f"{address.service(host.address, service.name)}#{port.name}", port


def _free(preferred: int, taken: set[int]) -> int:
    for port in range(preferred, min(preferred + TRIED, 65536)):
        if port not in taken and _can_bind(port):
            return port
    raise failure(
        "no-free-port",
        "No free port was found",
        f"Every port from {preferred} to {preferred + TRIED - 1} on {LOOPBACK} is in use.",
        "Stop what occupies them, or see what does with: ss -ltnp",
    )


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
