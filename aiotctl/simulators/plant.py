"""The plant as the simulators see it: read back from the JSON that lowering wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiotctl.catalog.protocols.modbus.read import ModbusRead
from aiotctl.catalog.protocols.mqtt.read import MqttRead
from aiotctl.catalog.protocols.opcua.read import OpcUaRead
from aiotctl.errors import failure
from aiotctl.model import address
from aiotctl.model.blueprint import DeviceType
from aiotctl.model.codec import CodecError, decode
from aiotctl.pipeline.lower.plant import VERSION

READS = (ModbusRead, MqttRead, OpcUaRead)
"""What can be simulated. The codec finds these classes because they are loaded."""


@dataclass(frozen=True, slots=True)
class PlantServer:
    """What one simulated endpoint is.

    ``listen`` is ``HOST:PORT``, ``tty`` a path below the plant's folder, ``broker`` the broker that
    publishing devices dial; exactly one of them is set. ``framing`` is Modbus', ``path``, ``policy``,
    ``mode`` and ``login`` are OPC UA's.
    """

    name: str
    protocol: str
    listen: str = ""
    tty: str = ""
    broker: str = ""
    framing: str = "tcp"
    path: str = ""
    policy: str = "None"
    mode: str = "None"
    login: str = ""
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class PlantDevice:
    """One simulated device. ``user`` and ``password`` are its own at the broker it publishes to."""

    site: str
    name: str
    gateway: str
    type: str
    server: str
    unit_id: int = 1
    user: str = ""
    password: str = ""

    @property
    def address(self) -> str:
        """The device's address in the blueprint."""
        return address.device(self.site, self.name)


@dataclass(frozen=True, slots=True)
class Plant:
    """Everything one simulator serves. ``folder`` holds what it makes: control socket, serial lines,
    certificate.
    """

    seed: str
    types: Mapping[str, DeviceType]
    servers: Mapping[str, PlantServer]
    devices: tuple[PlantDevice, ...]
    folder: Path
    health: str = ""


def load_plant(path: Path) -> Plant:
    """Read a plant file; an `AiotctlError` says what is wrong with it."""
    try:
        return plant_from(json.loads(path.read_text(encoding="utf-8")), path.parent)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise failure(
            "plant-unreadable",
            "The description of the simulated devices cannot be read",
            f"{path}: {type(error).__name__}: {error}",
            "Apply the environment again, which writes the file anew.",
        ) from error


def plant_from(tree: Mapping[str, Any], folder: Path) -> Plant:
    """The plant in a JSON tree. Raises `CodecError` or `KeyError` where it is something else."""
    if tree["plant"] != VERSION:
        raise CodecError(f"version {tree['plant']} of the format, where {VERSION} is known")
    servers = [decode(PlantServer, fields) for fields in tree["servers"]]
    return Plant(
        seed=tree["seed"],
        types={name: decode(DeviceType, fields) for name, fields in tree["types"].items()},
        servers={server.name: server for server in servers},
        devices=tuple(decode(PlantDevice, fields) for fields in tree["devices"]),
        folder=folder,
        health=tree.get("health", ""),
    )
