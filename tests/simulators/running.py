"""Runs the simulator as it is deployed: a blueprint is compiled, its field host bound, a process started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiotctl.engine.bind import bind
from aiotctl.model import address
from aiotctl.model.blueprint import Device, DeviceType, PointType
from aiotctl.model.deployment import Deployment
from aiotctl.model.names import FIELD
from aiotctl.pipeline.compile import compile_environment
from aiotctl.pipeline.lower.endpoints import FOLDER, endpoint
from aiotctl.pipeline.lower.field import lower_field
from aiotctl.probes.read import Reading, Target, read
from aiotctl.simulators import control
from aiotctl.stores.generators import generate

HEAD = """
blueprint: v1
name: plant
owner: tests@acme.example
platform:
  collector: {engine: telegraf}
  broker: {engine: nats}
  timeseries: {engine: postgres-embedded, retain: 30d}
  runtime: {engine: process}
environments:
  laptop: {simulate: devices}
"""
PASSWORD = 'quoted "and\\odd'
BROKER = "host/hub/service/nats#mqtt.address"


@dataclass
class Running:
    """A simulator that runs, and the deployment it plays."""

    root: Path
    deployment: Deployment
    outputs: Mapping[str, str]
    process: subprocess.Popen[bytes]

    @property
    def folder(self) -> Path:
        return self.root / FOLDER

    def device(self, name: str) -> Device:
        return next(d for site in self.deployment.sites.values() for d in site.devices if d.name == name)

    def kind(self, name: str) -> DeviceType:
        return self.deployment.device_types[self.device(name).type]

    def point(self, device: str, name: str) -> PointType:
        return next(p for p in self.kind(device).points if p.name == name)

    def url(self, name: str) -> str:
        text = endpoint(self.deployment, self.device(name))
        return bind(text, self.outputs, {}) if text else f"tcp://{self.outputs[BROKER]}"

    def host_port(self, name: str) -> tuple[str, int]:
        host, _, port = self.url(name).split("/")[2].partition(":")
        return host, int(port)

    def target(self, name: str, **settings: Any) -> Target:
        return Target(self.device(name), self.kind(name), self.url(name), **settings)

    def read(self, name: str, *points: str, **settings: Any) -> list[Reading]:
        wanted = [p for p in self.kind(name).points if not points or p.name in points]
        return list(read(self.target(name, **settings), wanted))

    def fault(self, name: str, *faults: str) -> dict[str, Any]:
        device = self.device(name)
        return control.set_faults(self.folder, {address.device(device.site, name): faults})

    def state(self, name: str) -> dict[str, Any]:
        device = self.device(name)
        return control.state(self.folder)[address.device(device.site, name)]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


def start(
    root: Path, blueprint: str, broker: str = "127.0.0.1:9", files: Mapping[str, str] | None = None
) -> Running:
    """Start the devices of a blueprint (what follows `HEAD`) and wait until all listen."""
    for name, text in ({"blueprint.yaml": HEAD + blueprint} | dict(files or {})).items():
        (root / name).write_text(text, encoding="utf-8")
    deployment = compile_environment(root / "blueprint.yaml", "laptop").deployment
    host = lower_field(deployment)
    assert host is not None
    outputs = _free_ports([f"{FIELD}/service/simulator#{port.name}" for port in host.services[0].ports]) | {
        f"{FIELD}#root": str(root),
        BROKER: broker,
        "program/python#path": sys.executable,
    }
    (root / FOLDER).mkdir(exist_ok=True)
    for file in host.files:
        (root / file.path).write_text(bind(file.content, outputs, Secrets()), encoding="utf-8")
    command = [bind(word, outputs, {}) for word in host.services[0].command]
    log = (root / "log").open("wb")
    process = subprocess.Popen(command, stderr=log, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})
    running = Running(root, deployment, outputs, process)
    _wait_until_healthy(running)
    return running


def _free_ports(names: Sequence[str]) -> dict[str, str]:
    """Ports that nobody else on this machine prefers."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in held]
    for each in held:
        each.close()
    return {f"{name}.address": where for name, where in zip(names, addresses, strict=True)}


class Secrets(dict[str, str]):
    """Client certificates as the vault makes them; any other secret has the same awkward value."""

    def __missing__(self, name: str) -> str:
        self.update(generate(name) if name.startswith("opcua/") else {name: PASSWORD})
        return self[name]


def _wait_until_healthy(running: Running) -> None:
    health = running.outputs["host/field/service/simulator#health.address"]
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        assert running.process.poll() is None, (running.root / "log").read_text()
        try:
            with urllib.request.urlopen(f"http://{health}/", timeout=2) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError((running.root / "log").read_text())


def listens(host_port: tuple[str, int]) -> bool:
    try:
        socket.create_connection(host_port, 1).close()
    except OSError:
        return False
    return True


def until(true: Any, seconds: float = 10.0) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


def values(readings: Sequence[Reading]) -> dict[str, Any]:
    """Values by the points' names."""
    return {reading.address.rsplit("/", 1)[1]: reading.judged.value for reading in readings}
