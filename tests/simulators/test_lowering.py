"""Endpoints and the field host, from a blueprint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aiotctl.engine.bind import bind, unbound
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import SecretRef, Text
from aiotctl.pipeline.compile import compile_environment
from aiotctl.pipeline.lower.endpoints import endpoint
from aiotctl.pipeline.lower.field import lower_field
from aiotctl.simulators.plant import plant_from
from aiotctl.simulators.standalone import served, standalone_plant
from tests.simulators.running import HEAD, Secrets

BLUEPRINT = """
device_types:
  meter: {protocol: modbus-tcp, points: {v: {register: 40001, every: 10s}}}
  rtu: {protocol: modbus-rtu, points: {v: {register: 40001, every: 10s}}}
  plc: {protocol: opcua, points: {v: {node: "ns=2;s=v", every: 10s}}}
  sensor: {protocol: mqtt, points: {v: {topic: "s/{site}/{device}", every: 10s}}}
sites:
  a:
    timezone: UTC
    gateways: {gw-1: {}, gw-2: {}}
    devices:
      tcp: {type: meter, gateway: gw-1, endpoint: "10.0.0.1:502", unit_id: 1}
      same-port: {type: meter, gateway: gw-1, endpoint: "10.0.0.1:502", unit_id: 2}
      same-address-elsewhere: {type: meter, gateway: gw-2, endpoint: "10.0.0.1:502", unit_id: 3}
      named: {type: meter, gateway: gw-1, endpoint: "meter-1.plant"}
      named-alike: {type: meter, gateway: gw-1, endpoint: "meter.1.plant"}
      serial: {type: rtu, gateway: gw-1, endpoint: "/dev/ttyUSB0"}
      plc: {type: plc, gateway: gw-1, endpoint: "opc.tcp://[fd00::1]:4841/a/b"}
      publisher: {type: sensor, gateway: gw-1}
      broker: {type: sensor, gateway: gw-1, endpoint: "tcp://broker.plant", user: u, password: {secret: p}}
"""


def deployment(tmp_path: Path, simulate: str) -> Deployment:
    file = tmp_path / "blueprint.yaml"
    file.write_text(HEAD.replace("simulate: devices", simulate) + BLUEPRINT)
    return compile_environment(file, "laptop").deployment


def endpoints(of: Deployment) -> dict[str, str | None]:
    texts: dict[str, Text | None] = {d.name: endpoint(of, d) for d in of.sites["a"].devices}
    return {name: unbound(text) if text else None for name, text in texts.items()}


def test_real_devices_are_dialled_as_declared(tmp_path: Path) -> None:
    real = deployment(tmp_path, "")
    assert endpoints(real) == {
        "tcp": "tcp://10.0.0.1:502",
        "same-port": "tcp://10.0.0.1:502",
        "same-address-elsewhere": "tcp://10.0.0.1:502",
        "named": "tcp://meter-1.plant:502",
        "named-alike": "tcp://meter.1.plant:502",
        "serial": "file:///dev/ttyUSB0",
        "plc": "opc.tcp://[fd00::1]:4841/a/b",
        "publisher": None,
        "broker": "tcp://broker.plant:1883",
    }
    assert lower_field(real) is None


def test_simulated_devices_are_references(tmp_path: Path) -> None:
    made = endpoints(deployment(tmp_path, "simulate: devices"))
    simulator = "{host/field/service/simulator#a.gw-1."
    assert made["tcp"] == made["same-port"] == "tcp://" + simulator + "10-0-0-1-502.address}"
    assert (
        made["same-address-elsewhere"] == "tcp://{host/field/service/simulator#a.gw-2.10-0-0-1-502.address}"
    )
    assert made["named"] != made["named-alike"]
    assert str(made["serial"]).startswith("file://{host/field#root}/simulator/tty/a.gw-1.dev-ttyUSB0-")
    assert str(made["plc"]).startswith("opc.tcp://" + simulator)
    assert str(made["plc"]).endswith("}/a/b")
    assert made["publisher"] is None


def test_simulated_and_real_devices_mix(tmp_path: Path) -> None:
    mixed = deployment(tmp_path, "simulate: [site/a/device/tcp]")
    made = endpoints(mixed)
    assert "simulator" in str(made["tcp"])
    assert made["same-port"] == "tcp://10.0.0.1:502"
    host = lower_field(mixed)
    assert host is not None
    assert [port.name for port in host.services[0].ports] == ["health", "a.gw-1.10-0-0-1-502"]
    assert host.services[0].origin == ("site/a/device/tcp",)


def bound_plant(of: Deployment) -> dict[str, Any]:
    host = lower_field(of)
    assert host is not None
    (file,) = host.files
    service = host.services[0]
    outputs = {
        f"{host.address}/service/simulator#{p.name}.address": f"127.0.0.1:{p.preferred}"
        for p in service.ports
    }
    outputs["host/hub/service/nats#mqtt.address"] = "127.0.0.1:1883"
    return json.loads(bind(file.content, outputs, Secrets()))


def test_the_field_host(tmp_path: Path) -> None:
    all_simulated = deployment(tmp_path, "simulate: devices")
    host = lower_field(all_simulated)
    assert host is not None
    assert host == lower_field(all_simulated)
    service, file = host.services[0], host.files[0]
    assert (service.program, service.files, service.health.http) == ("python", (file.path,), ("health", "/"))
    assert len({port.preferred for port in service.ports}) == len(service.ports) == 7
    secrets = [part.name for part in file.content if isinstance(part, SecretRef)]
    assert secrets == ["p", "broker/device.a.publisher"]
    plant = plant_from(bound_plant(all_simulated), tmp_path)
    publisher = next(device for device in plant.devices if device.name == "publisher")
    assert (publisher.user, plant.servers[publisher.server].broker) == (
        "device.a.publisher",
        "127.0.0.1:1883",
    )
    assert plant.types == {name: all_simulated.device_types[name] for name in plant.types}


@pytest.mark.parametrize("chosen", [[], ["site/a/device/tcp", "site/a/device/publisher"]])
def test_served_by_hand(tmp_path: Path, chosen: list[str]) -> None:
    plant = standalone_plant(deployment(tmp_path, ""), chosen, "127.0.0.1", tmp_path, lambda name: "secret")
    urls = dict(served(plant))
    assert list(urls) == (chosen or [device.address for device in plant.devices])
    assert urls["site/a/device/tcp"].startswith("tcp://127.0.0.1:")
    assert urls["site/a/device/publisher"].startswith("mqtt://127.0.0.1:")
    ports = [server.listen for server in plant.servers.values() if server.listen]
    assert len(set(ports)) == len(ports)
