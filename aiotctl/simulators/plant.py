"""The plant as the simulators see it: read back from the JSON that lowering wrote."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiotctl.catalog.protocols.modbus.read import ModbusRead, ModbusType, Table, WireType
from aiotctl.catalog.protocols.mqtt.read import MqttRead, Timestamp
from aiotctl.catalog.protocols.opcua.read import OpcUaRead, OpcUaType
from aiotctl.errors import failure
from aiotctl.model import address
from aiotctl.model.blueprint import PointType, Read, TypeSettings, ValueType
from aiotctl.pipeline.lower.plant import VERSION

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlantType:
    """A kind of device."""

    name: str
    protocol: str
    settings: TypeSettings | None
    points: tuple[PointType, ...]


@dataclass(frozen=True, slots=True)
class PlantServer:
    """What one simulated endpoint is.

    ``listen`` is ``HOST:PORT``, ``tty`` a path below the plant's folder, ``broker`` the broker that publishing devices
    dial; exactly one of them is set. ``framing`` is Modbus', ``path``, ``policy`` and ``mode`` are OPC UA's.
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
    """Everything one simulator serves. ``folder`` holds what it makes: control socket, serial lines, certificate."""

    seed: str
    types: Mapping[str, PlantType]
    servers: Mapping[str, PlantServer]
    devices: tuple[PlantDevice, ...]
    folder: Path
    health: str = ""


def load_plant(path: Path) -> Plant:
    """Read a plant file; an `AiotctlError` says what is wrong with it."""
    try:
        return plant_from(json.loads(path.read_text(encoding="utf-8")), path.parent)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise failure(
            "plant-unreadable",
            "The description of the simulated devices cannot be read",
            f"{path}: {type(error).__name__}: {error}",
            "Apply the environment again, which writes the file anew.",
        ) from error


def plant_from(tree: Fields, folder: Path) -> Plant:
    """The plant in a JSON tree."""
    if tree["plant"] != VERSION:
        raise ValueError(f"version {tree['plant']} of the format, where {VERSION} is known")
    return Plant(
        seed=tree["seed"],
        types={name: _type(name, fields) for name, fields in tree["types"].items()},
        servers={fields["name"]: PlantServer(**fields) for fields in tree["servers"]},
        devices=tuple(PlantDevice(**fields) for fields in tree["devices"]),
        folder=folder,
        health=tree.get("health", ""),
    )


def _type(name: str, fields: Fields) -> PlantType:
    protocol: str = fields["protocol"]
    points = tuple(_point(protocol, point) for point in fields["points"])
    return PlantType(name, protocol, _settings(protocol, fields["settings"]), points)


def _settings(protocol: str, fields: Fields | None) -> TypeSettings | None:
    if fields is None or protocol == "mqtt":
        return None
    return ModbusType(**fields) if protocol == "modbus" else OpcUaType(**fields)


def _point(protocol: str, fields: Fields) -> PointType:
    bounds = fields["range"]
    return PointType(
        name=fields["name"],
        read=_READS[protocol](fields["read"]),
        type=ValueType(fields["type"]),
        unit=fields["unit"],
        every_ms=fields["every_ms"],
        range=(Decimal(bounds[0]), Decimal(bounds[1])) if bounds else None,
        no_value=tuple(_sentinel(value) for value in fields["no_value"]),
        enum=tuple((int(raw), name) for raw, name in fields["enum"]),
    )


def _sentinel(text: str) -> Decimal | str | float:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text
    return number if number.is_finite() else math.nan


def _modbus_read(fields: Fields) -> Read:
    scale = fields["scale_register"]
    return ModbusRead(
        table=Table(fields["table"]),
        address=fields["address"],
        type=WireType(fields["type"]),
        registers=fields["registers"],
        word_order=fields["word_order"],
        byte_order=fields["byte_order"],
        scale=Decimal(fields["scale"]),
        offset=Decimal(fields["offset"]),
        bit=fields["bit"],
        scale_register=(Table(scale[0]), scale[1]) if scale else None,
    )


def _opcua_read(fields: Fields) -> Read:
    return OpcUaRead(**fields)


def _mqtt_read(fields: Fields) -> Read:
    stamp = fields["timestamp"]
    return MqttRead(**{**fields, "timestamp": Timestamp(**stamp) if stamp else None})


_READS = {"modbus": _modbus_read, "opcua": _opcua_read, "mqtt": _mqtt_read}
