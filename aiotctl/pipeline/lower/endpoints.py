"""Where a collector reaches a device: at its declared endpoint, or at the simulator that stands in for it."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

from aiotctl.catalog.protocols.modbus.read import ModbusDevice, ModbusRead
from aiotctl.catalog.protocols.opcua.read import OpcUaRead
from aiotctl.model import address, names
from aiotctl.model.blueprint import Device, DeviceType
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Quoting, Ref, Text

SIMULATOR = address.service(names.FIELD, "simulator")
FOLDER = "simulator"
"""Folder of the simulator below the field host's root: its plant, its control socket, its serial lines."""

DEFAULT_PORTS = {"modbus": 502, "opcua": 4840, "mqtt": 1883}


def endpoint(deployment: Deployment, device: Device) -> Text | None:
    """The URL the device's collector dials; None where the device itself publishes to the compiled broker.

    ``tcp://HOST:PORT`` and ``file:///dev/…`` for Modbus, ``opc.tcp://HOST:PORT/path``, ``tcp://HOST:PORT``
    for a broker of the device's own.
    """
    if device.endpoint is None:
        return None
    kind = family(deployment.device_types[device.type])
    scheme = "opc.tcp://" if kind == "opcua" else "tcp://"
    serial = is_serial(device)
    if is_simulated(deployment, device):
        name = server_name(device, kind)
        if serial:
            return ("file://", Ref(names.FIELD, "root"), f"/{FOLDER}/{tty(name)}")
        return (scheme, listen(name), url_path(device.endpoint) if kind == "opcua" else "")
    if serial:
        return (f"file://{url_path(device.endpoint)}",)
    host, port = host_and_port(device.endpoint, DEFAULT_PORTS[kind])
    return (f"{scheme}{host}:{port}{url_path(device.endpoint) if kind == 'opcua' else ''}",)


def is_simulated(deployment: Deployment, device: Device) -> bool:
    """Whether the environment simulates this device."""
    return deployment.environment.simulate.covers(address.device(device.site, device.name))


def family(kind: DeviceType) -> str:
    """The family of protocols that devices of a type speak: ``modbus``, ``opcua`` or ``mqtt``."""
    read = kind.points[0].read
    if isinstance(read, ModbusRead):
        return "modbus"
    return "opcua" if isinstance(read, OpcUaRead) else "mqtt"


def is_serial(device: Device) -> bool:
    """Whether the device hangs on a serial line."""
    return isinstance(device.settings, ModbusDevice) and device.settings.framing == "rtu"


def host_and_port(endpoint: str, default: int) -> tuple[str, int]:
    """Host (IPv6 in brackets) and port of an endpoint written with or without a scheme."""
    parts = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}")
    host = parts.hostname or ""
    return (f"[{host}]" if ":" in host else host), parts.port or default


def server_name(device: Device, kind: str) -> str:
    """Name of the simulated server behind an endpoint, and of its port: devices on one endpoint share it.

    Private addresses repeat from gateway to gateway, so the gateway is part of the name.
    """
    written = device.endpoint or ""
    if is_serial(device):
        return f"{device.site}.{device.gateway}.{_slug(url_path(written))}"
    host, port = host_and_port(written, DEFAULT_PORTS[kind])
    return f"{device.site}.{device.gateway}.{_slug(f'{host}:{port}')}"


def listen(name: str, quoting: Quoting = Quoting.RAW) -> Ref:
    """Where a simulated server listens, as ``127.0.0.1:PORT``."""
    return Ref(SIMULATOR, f"{name}.address", quoting)


def tty(name: str) -> str:
    """Path of a simulated serial line below the simulator's folder."""
    return f"tty/{name}"


def url_path(endpoint: str) -> str:
    """The path of an endpoint written as a URL; empty where it has none."""
    parts = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}")
    return parts.path


_IPV4 = re.compile(r"[0-9.]+:[0-9]+\Z")


def _slug(text: str) -> str:
    """Letters, digits and dashes; a digest keeps apart what would fall together (``a.b`` and ``a-b``)."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
    return slug if _IPV4.match(text) else f"{slug}-{hashlib.sha256(text.encode()).hexdigest()[:4]}"
