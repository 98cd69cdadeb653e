"""A bound host as the manifest that converge takes (its form is in ``agents/converge/manifest.py``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiotctl.engine.bind import bind
from aiotctl.engine.protocols import BoundUnit
from aiotctl.model import address
from aiotctl.model.primitives import ConfigFile, Health, Host, SecretRef, Service, Text

UNPRIVILEGED = "unprivileged"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose hosts these are."""

    blueprint: str
    environment: str
    lineage: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A program as this host uses it: copied below the root, or in place."""

    source: str
    digest: str
    deliver: bool


def manifest(unit: BoundUnit, owner: Owner, root: str, programs: Mapping[str, Delivery]) -> dict[str, Any]:
    """The manifest of one host, with all references bound. It holds secrets: keep it in memory or in 0600
    files.
    """
    host = unit.rendered
    assert isinstance(host, Host)
    binder = _Binder(unit)
    return {
        "version": 1,
        "owner": {"blueprint": owner.blueprint, "environment": owner.environment, "lineage": owner.lineage},
        "host": host.address,
        "root": root,
        "runtime": "process",
        "programs": [_program(name, programs[name]) for name in host.programs],
        "directories": [
            {"path": d.path, "mode": _mode(d.mode), "user": _user(d.unprivileged), "data": d.data}
            for d in host.directories
        ],
        "files": [_file(file, binder) for file in host.files],
        "services": [_service(service, host, binder) for service in host.services],
    }


class _Binder:
    def __init__(self, unit: BoundUnit) -> None:
        self.unit = unit

    def __call__(self, text: Text) -> str:
        return bind(text, self.unit.outputs, self.unit.secrets)

    def port(self, host: Host, service: Service, name: str) -> int:
        return int(self.unit.outputs[f"{address.service(host.address, service.name)}#{name}.port"])


def _program(name: str, delivery: Delivery) -> dict[str, Any]:
    path = f"programs/{name}" if delivery.deliver else None
    return {
        "name": name,
        "source": delivery.source,
        "digest": delivery.digest or None,
        "deliver": delivery.deliver,
        "path": path,
    }


def _file(file: ConfigFile, binder: _Binder) -> dict[str, Any]:
    return {
        "path": file.path,
        "content": binder(file.content),
        "mode": _mode(file.mode),
        "user": _user(file.unprivileged),
        "secret": any(isinstance(part, SecretRef) for part in file.content),
    }


def _service(service: Service, host: Host, binder: _Binder) -> dict[str, Any]:
    numbers = {port.name: binder.port(host, service, port.name) for port in service.ports}
    return {
        "name": service.name,
        "command": [binder(word) for word in service.command],
        "environment": {name: binder(value) for name, value in service.environment},
        "user": _user(service.unprivileged),
        "files": list(service.files),
        "programs": [service.program],
        "on_change": "none" if service.on_change == "none" else service.on_change.value,
        "stop_signal": service.stop_signal,
        "stop_seconds": max(1, service.stop_ms // 1000),
        "ports": [{"name": name, "host": "127.0.0.1", "port": port} for name, port in numbers.items()],
        "health": _health(service.health, numbers),
        "health_seconds": service.health.within_ms / 1000,
        "start_after": list(service.start_after),
    }


def _health(health: Health, ports: Mapping[str, int]) -> dict[str, Any] | None:
    if health.http is not None:
        name, path = health.http
        return {"http": f"http://127.0.0.1:{ports[name]}{path}"}
    return {"tcp": health.tcp} if health.tcp else None


def _mode(mode: int) -> str:
    return f"{mode:04o}"


def _user(unprivileged: bool) -> str | None:
    return UNPRIVILEGED if unprivileged else None
