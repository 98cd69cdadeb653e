"""The field host of an environment: one simulator service that stands in for its simulated devices."""

from __future__ import annotations

from ipaddress import ip_network

from aiotctl.catalog.brokers.edge import at_gateways, of_gateway
from aiotctl.catalog.cloud import network
from aiotctl.model import address, names
from aiotctl.model.blueprint import Device
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import (
    ConfigFile,
    Directory,
    Health,
    Host,
    Port,
    Quoting,
    Ref,
    SecretRef,
    Service,
)
from aiotctl.pipeline.lower import endpoints
from aiotctl.pipeline.lower.plant import (
    HUB_BROKER,
    Places,
    json_text,
    plant_tree,
    servers_of,
    simulated_devices,
)

PLANT = f"{endpoints.FOLDER}/plant.json"
HEALTH = "health"
FIRST_PORT = 15019
"""Preferred ports count up from here: the health port, then one a simulated server."""

START_MS = 30_000
START_OF_OPCUA_MS = 500
"""What an OPC UA server needs before it listens, on a machine that has other work."""


def lower_field(deployment: Deployment) -> Host | None:
    """The host of the simulated devices; None where the environment simulates nothing."""
    devices = simulated_devices(deployment)
    if not devices:
        return None
    served = servers_of(deployment, devices)
    listening = [name for name, (_, device) in served.items() if not endpoints.is_serial(device)]
    plant = {"health": endpoints.listen(HEALTH, Quoting.JSON)} | plant_tree(
        deployment, devices, _places(deployment)
    )
    lab = _lab_address(deployment)
    origin = tuple(address.device(device.site, device.name) for device in devices)
    opcua = sum(1 for kind, _ in served.values() if kind == "opcua")
    service = Service(
        name="simulator",
        program="python",
        command=(
            (Ref("program/python", "path"),),
            ("-m",),
            ("aiotctl.simulators",),
            (Ref(names.FIELD, "root"), f"/{PLANT}"),
        ),
        files=(PLANT,),
        ports=(
            Port(HEALTH, FIRST_PORT),
            *(Port(name, FIRST_PORT + n, bool(lab)) for n, name in enumerate(listening, start=1)),
        ),
        health=Health(http=(HEALTH, "/"), within_ms=START_MS + START_OF_OPCUA_MS * opcua),
        stop_ms=5_000,
        origin=origin,
    )
    return Host(
        address=names.FIELD,
        place=None,
        programs=("python",),
        directories=(Directory(endpoints.FOLDER),),
        files=(ConfigFile(PLANT, json_text(plant), origin=origin),),
        services=(service,),
        listens=lab,
    )


def _lab_address(deployment: Deployment) -> str:
    """Where the machines of a lab find this one: the first address of their network; empty where there is
    none.
    """
    cidr = network(deployment)
    return str(ip_network(cidr)[1]) if cidr else ""


def _places(deployment: Deployment) -> Places:
    return Places(
        listen=lambda name: endpoints.listen(name, Quoting.JSON),
        broker=lambda device: _broker(deployment, device),
        secret=lambda name: SecretRef(name, Quoting.JSON),
    )


def _broker(deployment: Deployment, device: Device) -> tuple[str, Ref]:
    """The broker that a device publishes to: the hub's, or that of its gateway where gateways have one."""
    if not at_gateways(deployment):
        broker = deployment.platform.get("broker")
        where = address.service(names.HUB, broker.engine if broker else "nats")
        return HUB_BROKER, Ref(where, "mqtt.address", Quoting.JSON)
    own = of_gateway(deployment, device.site, device.gateway)
    return f"{device.site}.{device.gateway}.{HUB_BROKER}", Ref(own, "devices.address", Quoting.JSON)
