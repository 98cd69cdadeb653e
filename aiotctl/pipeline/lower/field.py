"""The field host of an environment: one simulator service that stands in for its simulated devices."""

from __future__ import annotations

from aiotctl.model import address, names
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
from aiotctl.pipeline.lower.plant import Places, json_text, plant_tree, servers_of, simulated_devices

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
        ports=tuple(Port(name, FIRST_PORT + n) for n, name in enumerate([HEALTH, *listening])),
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
    )


def _places(deployment: Deployment) -> Places:
    broker = deployment.platform.get("broker")
    engine = broker.engine if broker else "nats"
    return Places(
        listen=lambda name: endpoints.listen(name, Quoting.JSON),
        broker=Ref(address.service(names.HUB, engine), "mqtt.address", Quoting.JSON),
        secret=lambda name: SecretRef(name, Quoting.JSON),
    )
