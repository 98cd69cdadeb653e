"""Endpoints: one device behind each, and settings that agree on a line."""

from __future__ import annotations

from collections.abc import Iterator

from aiotctl.catalog.protocols.modbus.read import ModbusDevice
from aiotctl.catalog.protocols.mqtt.read import MqttDevice
from aiotctl.catalog.protocols.opcua.read import OpcUaDevice
from aiotctl.findings import Finding, Kind, Path
from aiotctl.model.blueprint import Device, Site
from aiotctl.rules.rule import Rule, Types

TWICE = Kind(
    "endpoint-twice",
    "Two devices on one endpoint and unit",
    "Both would be the same machine, read twice; with two gateways they would also disturb each other.",
)
LINE = Kind(
    "line-settings",
    "Devices on one serial line with different settings",
    "All devices on a line talk at one speed and parity; with another the gateway hears noise.",
)
ALONE = Kind(
    "user-without-endpoint",
    "A user for a broker that is not the device's own",
    "A device without an endpoint publishes to the compiled broker, where it gets a user and a password "
    "of its own.",
)


def check(site: Site, types: Types) -> Iterator[Finding]:
    """Findings about the endpoints of one site."""
    seen: dict[tuple[str | None, object, str], Device] = {}
    lines: dict[tuple[str, str], Device] = {}
    for device in site.devices:
        settings, endpoint = device.settings, device.endpoint
        if type(settings) is MqttDevice:
            if endpoint is None and settings.user:
                yield _alone(device)
            continue
        serial = endpoint is not None and endpoint.startswith("serial:")
        if type(settings) is ModbusDevice:
            key = (endpoint, settings.unit_id, device.gateway if serial else "")
            if serial:
                yield from _line(device, settings, lines.setdefault((device.gateway, endpoint or ""), device))
        elif type(settings) is OpcUaDevice:
            key = (endpoint, device.type, "")
        else:
            continue
        first = seen.setdefault(key, device)
        if first is not device:
            yield _twice(device, first)


def _path(device: Device, *more: str) -> Path:
    return ("sites", device.site, "devices", device.name, *more)


def _twice(device: Device, first: Device) -> Finding:
    unit = f", unit {device.settings.unit_id}," if isinstance(device.settings, ModbusDevice) else ""
    detail = f"`{device.endpoint}`{unit} is `{first.name}` already."
    remedy = "Correct the endpoint or the unit id, or remove one of the two."
    return TWICE.at(
        _path(device, "endpoint"), detail, remedy, related=((_path(first), f"`{first.name}` is here"),)
    )


def _line(device: Device, settings: ModbusDevice, first: Device) -> Iterator[Finding]:
    other = first.settings
    if not isinstance(other, ModbusDevice):
        return
    for key in ("baud", "parity", "data_bits", "stop_bits"):
        mine, theirs = getattr(settings, key), getattr(other, key)
        if mine != theirs:
            detail = f"`{key}` is {mine} here and {theirs} for `{first.name}` on the same line."
            related = ((_path(first), f"`{first.name}` is here"),)
            yield LINE.at(
                _path(device, key), detail, "Give all devices of the line the same.", related=related
            )


def _alone(device: Device) -> Finding:
    detail = "There is a `user`, but no `endpoint` of a broker that knows it."
    remedy = "Add `endpoint: tcp://HOST:1883`, or remove `user` and `password`."
    return ALONE.at(_path(device, "user"), detail, remedy)


RULE = Rule(kinds=(TWICE, LINE, ALONE), of_site=check)
