"""A device as it is reached from here: its endpoint and credentials, bound from what was applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiotctl.catalog.protocols.mqtt.read import MqttDevice
from aiotctl.catalog.protocols.opcua.read import OpcUaDevice
from aiotctl.engine.bind import bind
from aiotctl.errors import AiotctlError, Exit, failure
from aiotctl.findings import nearest
from aiotctl.model import address, names
from aiotctl.model.blueprint import Device, PointType
from aiotctl.model.deployment import Deployment
from aiotctl.model.reading import Reading
from aiotctl.pipeline.lower import endpoints
from aiotctl.probes.read import Target, read
from aiotctl.session.environment import Environment


@dataclass(frozen=True, slots=True)
class Wanted:
    """A device and those of its points that are asked for."""

    device: Device
    points: tuple[PointType, ...]


def read_now(environment: Environment, deployment: Deployment, where: str) -> Iterator[Reading]:
    """The point, or all points of the device, at an address, each as soon as it comes. Asks the device
    itself.
    """
    wanted = find(deployment, where)
    yield from read(_target(environment, deployment, wanted.device), wanted.points)


def find(deployment: Deployment, where: str) -> Wanted:
    """The device and points that an address means. Raises AiotctlError (USAGE) where there are none."""
    match where.strip("/").split("/"):
        case ["site", site, "device", name]:
            device = _device(deployment, where, site, name)
            return Wanted(device, deployment.device_types[device.type].points)
        case ["site", site, "device", name, "point", point]:
            device = _device(deployment, where, site, name)
            points = {one.name: one for one in deployment.device_types[device.type].points}
            if point not in points:
                raise _nothing(where, nearest(point, points))
            return Wanted(device, (points[point],))
        case _:
            raise _nothing(where, "")


def _device(deployment: Deployment, where: str, site: str, name: str) -> Device:
    if site not in deployment.sites:
        raise _nothing(where, nearest(site, deployment.sites))
    devices = {device.name: device for device in deployment.sites[site].devices}
    if name not in devices:
        raise _nothing(where, nearest(name, devices))
    return devices[name]


def _nothing(where: str, hint: str) -> AiotctlError:
    return failure(
        "nothing-to-read",
        "There is nothing to read there",
        f"{where!r} is neither a device nor a point of one.{hint}",
        "Write site/SITE/device/DEVICE or site/SITE/device/DEVICE/point/POINT; `aiotctl show` lists them.",
        Exit.USAGE,
    )


def _target(environment: Environment, deployment: Deployment, device: Device) -> Target:
    kind = deployment.device_types[device.type]
    outputs = _outputs(environment)
    endpoint = endpoints.endpoint(deployment, device)
    if endpoint is None:
        client = names.gateway_client(device.site, device.gateway)
        broker = address.service(names.HUB, deployment.platform["broker"].engine)
        url = f"tcp://{_known(outputs, f'{broker}#mqtt.address', environment)}"
        return Target(device, kind, url, client, _secret(environment, names.broker_secret(client)))
    if endpoints.is_simulated(deployment, device):
        _known(outputs, f"{names.FIELD}#root", environment)
    url = bind(endpoint, outputs, {})
    settings = device.settings
    if isinstance(settings, OpcUaDevice):
        return _opcua(environment, Target(device, kind, url), settings)
    if isinstance(settings, MqttDevice) and settings.user:
        return Target(device, kind, url, settings.user, _secret(environment, settings.password_secret))
    return Target(device, kind, url)


def _opcua(environment: Environment, target: Target, settings: OpcUaDevice) -> Target:
    """With the gateway's own identity, which is the one that the server trusts."""
    certificate = key = ""
    if settings.needs_identity:
        owner = f"opcua/{target.device.site}.{target.device.gateway}"
        certificate = _pem(settings.certificate) or _secret(environment, f"{owner}/certificate")
        key = _pem(settings.private_key) or _secret(environment, f"{owner}/key")
    password = _secret(environment, settings.password_secret) if settings.password_secret else ""
    return Target(target.device, target.kind, target.endpoint, settings.user, password, certificate, key)


def _pem(path: str) -> str:
    return Path(path).read_text("ascii") if path and Path(path).is_file() else ""


def _secret(environment: Environment, name: str) -> str:
    return environment.vault.values([name])[name]


def _outputs(environment: Environment) -> Mapping[str, str]:
    record = environment.record()
    if record is None:
        return {}
    root = str(environment.folder(record, names.FIELD))
    return {**record.outputs, f"{names.FIELD}#root": root}


def _known(outputs: Mapping[str, str], key: str, environment: Environment) -> str:
    if key not in outputs:
        raise failure(
            "not-applied",
            "Nothing has been applied to this environment",
            f"The way to the device leads through environment {environment.name!r}, which does not run.",
            f"Apply it first: aiotctl apply --env {environment.name}",
        )
    return outputs[key]
