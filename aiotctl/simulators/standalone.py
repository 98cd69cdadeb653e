"""A plant served by hand: devices of a deployment on their declared ports, or on free ones, with literal
addresses.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from aiotctl.errors import Exit, failure
from aiotctl.model import address
from aiotctl.model.blueprint import Device
from aiotctl.model.deployment import Deployment
from aiotctl.pipeline.lower.endpoints import DEFAULT_PORTS, host_and_port, is_serial
from aiotctl.pipeline.lower.plant import HUB_BROKER, Places, plant_tree, servers_of
from aiotctl.simulators.plant import Plant, plant_from


class Served(NamedTuple):
    """A device and the URL at which others reach it."""

    device: str
    url: str


def standalone_plant(
    deployment: Deployment,
    devices: Sequence[str],
    listen: str,
    folder: Path,
    secret: Callable[[str], str],
) -> Plant:
    """The plant of these devices (by address; none named: all), whether the environment simulates them or
    not.

    They listen on the address ``listen``, on their declared ports where those are free. Devices that
    publish to the compiled broker find one in the plant. ``folder`` takes what the simulator makes;
    ``secret`` gives a password by its vault name. Raises `AiotctlError` for a device that is not there.
    """
    chosen = _chosen(deployment, devices)
    wanted = {
        name: host_and_port(device.endpoint or "", DEFAULT_PORTS[kind])[1]
        for name, (kind, device) in servers_of(deployment, chosen).items()
        if not is_serial(device)
    }
    if any(device.endpoint is None for device in chosen):
        wanted[HUB_BROKER] = DEFAULT_PORTS["mqtt"]
    ports = _free_ports(wanted, listen)
    places = Places(
        listen=lambda name: f"{listen}:{ports[name]}", broker=lambda _: (HUB_BROKER, None), secret=secret
    )
    return plant_from(plant_tree(deployment, chosen, places), folder)


def served(plant: Plant) -> list[Served]:
    """Where each device of a plant is found, in the plant's order."""
    return [Served(device.address, _url(plant, device.server, device.unit_id)) for device in plant.devices]


def _url(plant: Plant, name: str, unit_id: int) -> str:
    server = plant.servers[name]
    if server.protocol == "opcua":
        return f"opc.tcp://{server.listen}{server.path}"
    if server.protocol == "mqtt":
        return f"mqtt://{server.listen or server.broker}"
    where = f"file://{plant.folder / server.tty}" if server.tty else f"tcp://{server.listen}"
    return f"{where} unit {unit_id}"


def _chosen(deployment: Deployment, wanted: Sequence[str]) -> list[Device]:
    every = {
        address.device(device.site, device.name): device
        for site in deployment.sites.values()
        for device in site.devices
    }
    for name in wanted:
        if name not in every:
            raise failure(
                "device-unknown",
                "There is no such device",
                f"{name} is no device of the environment {deployment.environment.name}.",
                "Name it as `aiotctl show` does, for example site/plant-a/device/press-1.",
                Exit.USAGE,
            )
    return [every[name] for name in wanted] if wanted else list(every.values())


def _free_ports(wanted: dict[str, int], listen: str) -> dict[str, int]:
    """The wanted port for each name, or a free one where it is taken, forbidden, or wanted twice."""
    held: list[socket.socket] = []
    ports: dict[str, int] = {}
    try:
        for name, port in wanted.items():
            held.append(_bound(listen, port))
            ports[name] = held[-1].getsockname()[1]
    finally:
        for each in held:
            each.close()
    return ports


def _bound(listen: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in listen else socket.AF_INET
    for tried in (port, 0):
        candidate = socket.socket(family, socket.SOCK_STREAM)
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((listen.strip("[]"), tried))
            candidate.listen()  # only a port that is listened on is refused to the next
        except OSError as error:
            candidate.close()
            if not tried:
                raise failure(
                    "address-not-local",
                    "The simulator cannot listen there",
                    f"{listen}: {error.strerror or error}.",
                    "Give --listen an address of this machine, such as 127.0.0.1.",
                    Exit.USAGE,
                ) from error
        else:
            return candidate
    raise AssertionError("port 0 either binds or fails")
