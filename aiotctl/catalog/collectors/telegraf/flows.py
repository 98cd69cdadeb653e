"""What a gateway's collector dials: its devices."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from aiotctl.catalog import conduits
from aiotctl.catalog.entry import FlowContext
from aiotctl.catalog.protocols.modbus.read import ModbusDevice
from aiotctl.catalog.protocols.mqtt.read import MqttDevice
from aiotctl.catalog.protocols.opcua.read import OpcUaDevice
from aiotctl.model.blueprint import Device, Gateway, Site
from aiotctl.model.primitives import Flow

DEFAULT_PORTS = {"opc.tcp": 4840, "tcp": 1883}
MODBUS_PORT = 502


def flows(context: FlowContext) -> Iterator[Flow]:
    """A flow for each device that has an endpoint in the network."""
    for site, gateway in context.gateways:
        for device in site.devices:
            if device.gateway == gateway.name and device.endpoint is not None and not _serial(device):
                yield _dialled(site, gateway, device)


def _serial(device: Device) -> bool:
    return isinstance(device.settings, ModbusDevice) and device.settings.framing == "rtu"


def _dialled(site: Site, gateway: Gateway, device: Device) -> Flow:
    encrypted, authenticated = _protection(device)
    return Flow(
        conduits.gateway_host(site, gateway),
        conduits.gateway_zone(site),
        conduits.device_end(device),
        conduits.device_zone(site.name),
        _port(device),
        "reading the device",
        encrypted,
        authenticated,
    )


def _port(device: Device) -> int:
    written = device.endpoint or ""
    parts = urlsplit(written if "://" in written else f"//{written}")
    return parts.port or DEFAULT_PORTS.get(parts.scheme, MODBUS_PORT)


def _protection(device: Device) -> tuple[str, str]:
    """How the device's protocol protects the connection: Modbus not at all."""
    settings = device.settings
    if isinstance(settings, OpcUaDevice) and settings.policy != "None":
        who = "certificates" + (" and password" if settings.user else "")
        encrypted = f"OPC UA {settings.policy}" if settings.mode == "SignAndEncrypt" else conduits.NONE
        return encrypted, who
    if isinstance(settings, OpcUaDevice | MqttDevice) and settings.user:
        return conduits.NONE, conduits.PASSWORD
    return conduits.NONE, conduits.NONE
