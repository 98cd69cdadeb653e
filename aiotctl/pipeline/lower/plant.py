"""The plant: a description of simulated devices, as a JSON tree whose leaves may be references.

The format (version 1): ``types`` (device types by name, as the model's codec writes them), ``servers`` (what
listens or dials) and ``devices`` (which type sits behind which server).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from typing import cast

from aiotctl.catalog.protocols.modbus.read import ModbusDevice
from aiotctl.catalog.protocols.mqtt.read import MqttDevice
from aiotctl.catalog.protocols.opcua.read import OpcUaDevice
from aiotctl.model import names
from aiotctl.model.blueprint import Device
from aiotctl.model.codec import encode
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Ref, SecretRef, Text
from aiotctl.pipeline.lower import endpoints

Leaf = str | int | float | bool | None | Ref | SecretRef
Tree = Leaf | Sequence["Tree"] | Mapping[str, "Tree"]

VERSION = 1


@dataclass(frozen=True, slots=True)
class Places:
    """What differs between a plant that is deployed and one that is served by hand.

    ``listen`` gives the address of a named server, ``broker`` name and address of the compiled broker that a
    publishing device is a client of (no address: it gets one in the plant), ``secret`` a password by its
    vault name.
    """

    listen: Callable[[str], Leaf]
    broker: Callable[[Device], tuple[str, Leaf]]
    secret: Callable[[str], Leaf]


def simulated_devices(deployment: Deployment) -> tuple[Device, ...]:
    """The devices of the environment that are simulated, in the blueprint's order."""
    return tuple(
        device
        for site in deployment.sites.values()
        for device in site.devices
        if endpoints.is_simulated(deployment, device)
    )


def servers_of(deployment: Deployment, devices: Iterable[Device]) -> dict[str, tuple[str, Device]]:
    """Servers by name: (protocol, the first device behind it). Publishing devices have none."""
    found: dict[str, tuple[str, Device]] = {}
    for device in devices:
        if device.endpoint is not None:
            kind = endpoints.family(deployment.device_types[device.type])
            found.setdefault(endpoints.server_name(device, kind), (kind, device))
    return found


HUB_BROKER = "hub"
"""Name of the server that stands for the compiled broker."""


def plant_tree(deployment: Deployment, devices: Sequence[Device], places: Places) -> dict[str, Tree]:
    """The plant of these devices."""
    kinds = {device.type: deployment.device_types[device.type] for device in devices}
    served = servers_of(deployment, devices)
    servers: list[Tree] = [_server(name, kind, device, places) for name, (kind, device) in served.items()]
    brokers = dict(places.broker(device) for device in devices if device.endpoint is None)
    servers += [_broker(name, where, places) for name, where in brokers.items()]
    return {
        "plant": VERSION,
        "seed": f"{deployment.blueprint}/{deployment.environment.name}",
        "types": {name: cast("Tree", encode(kind)) for name, kind in kinds.items()},
        "servers": servers,
        "devices": [_device(deployment, device, places) for device in devices],
    }


def _broker(name: str, where: Leaf, places: Places) -> dict[str, Tree]:
    if where is None:
        return {"name": name, "protocol": "mqtt", "listen": places.listen(name)}
    return {"name": name, "protocol": "mqtt", "broker": where}


def _server(name: str, kind: str, device: Device, places: Places) -> dict[str, Tree]:
    settings = device.settings
    tree: dict[str, Tree] = {"name": name, "protocol": kind}
    if endpoints.is_serial(device):
        tree["tty"] = endpoints.tty(name)
    else:
        tree["listen"] = places.listen(name)
    if isinstance(settings, ModbusDevice):
        tree["framing"] = settings.framing
    if isinstance(settings, OpcUaDevice):
        tree |= {"policy": settings.policy, "mode": settings.mode}
        if settings.login == "certificate":
            tree["login"] = settings.login
    if kind == "opcua":
        tree["path"] = endpoints.url_path(device.endpoint or "")
    if isinstance(settings, OpcUaDevice | MqttDevice) and settings.user:
        tree |= {"user": settings.user, "password": places.secret(settings.password_secret)}
    return tree


def _device(deployment: Deployment, device: Device, places: Places) -> dict[str, Tree]:
    tree: dict[str, Tree] = {
        "site": device.site,
        "name": device.name,
        "gateway": device.gateway,
        "type": device.type,
    }
    kind = endpoints.family(deployment.device_types[device.type])
    if device.endpoint is not None:
        tree["server"] = endpoints.server_name(device, kind)
    else:
        client = names.device_client(device.site, device.name)
        server, _ = places.broker(device)
        tree |= {"server": server, "user": client, "password": places.secret(names.broker_secret(client))}
    if kind == "modbus":
        tree["unit_id"] = device.settings.unit_id if isinstance(device.settings, ModbusDevice) else 1
    return tree


def json_text(tree: Tree) -> Text:
    """The tree as JSON, references left as parts of their own."""
    parts: list[str | Ref | SecretRef] = []
    literal: list[str] = []
    for piece in _pieces(tree, "\n"):
        if isinstance(piece, str):
            literal.append(piece)
        else:
            parts += ["".join(literal), piece]
            literal.clear()
    return (*parts, "".join(literal) + "\n")


def _pieces(tree: Tree, margin: str) -> Iterator[str | Ref | SecretRef]:
    inner = margin + " "
    if isinstance(tree, Ref | SecretRef):
        yield tree
    elif isinstance(tree, str):
        yield encode_basestring_ascii(tree)
    elif isinstance(tree, bool) or tree is None:
        yield {True: "true", False: "false", None: "null"}[tree]
    elif isinstance(tree, int | float):
        yield repr(tree)
    elif isinstance(tree, Mapping):
        yield "{"
        for n, (key, value) in enumerate(tree.items()):
            yield f"{',' if n else ''}{inner}{encode_basestring_ascii(key)}: "
            yield from _pieces(value, inner)
        yield f"{margin if tree else ''}}}"
    else:
        yield "["
        for n, value in enumerate(tree):
            yield f"{',' if n else ''}{inner}"
            yield from _pieces(value, inner)
        yield f"{margin if tree else ''}]"
