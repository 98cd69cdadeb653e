"""A bound host as the manifest that converge takes (its form is in ``agents/converge/manifest.py``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiotctl.backends.ports import listens
from aiotctl.engine.bind import bind
from aiotctl.engine.protocols import BoundUnit
from aiotctl.model import address
from aiotctl.model.primitives import ConfigFile, Directory, Health, Host, SecretRef, Service, Text

UNPRIVILEGED = "unprivileged"
SYSTEMD = "systemd"
LOOPBACK = "127.0.0.1"


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
    mapped = _Mapped(host, binder)
    return {
        "version": 1,
        "owner": {"blueprint": owner.blueprint, "environment": owner.environment, "lineage": owner.lineage},
        "host": host.address,
        "root": root,
        "runtime": host.runtime,
        "programs": [_program(name, programs[name]) for name in host.programs],
        "directories": [
            {"path": d.path, "mode": _mode(d.mode), "user": mapped.user(d), "data": d.data}
            for d in host.directories
        ],
        "files": [mapped.file(file) for file in host.files],
        "services": [mapped.service(service) for service in host.services],
        **(_around(host) if host.runtime == SYSTEMD else {}),
        **({"firewall": {"content": binder(host.firewall)}} if host.firewall else {}),
    }


def _around(host: Host) -> dict[str, Any]:
    """What services need beside the manifest: a look at the host compares it too."""
    return {
        "packages": [{"name": package.name, "version": package.version} for package in host.packages],
        "accounts": accounts(host),
    }


def accounts(host: Host) -> list[str]:
    """The users that services of a host of its own run as."""
    return sorted({account(service.account) for service in host.services if service.account})


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


@dataclass(frozen=True, slots=True)
class _Mapped:
    """Files and services of one host as its runtime wants them told."""

    host: Host
    binder: _Binder

    def user(self, of: Directory | Service) -> str | None:
        """Whose it is: an account of its own where the runtime gives services one."""
        if self.host.runtime == SYSTEMD:
            return account(of.account) if of.account else None
        return UNPRIVILEGED if of.unprivileged else None

    def file(self, file: ConfigFile) -> dict[str, Any]:
        told = {
            "path": file.path,
            "content": self.binder(file.content),
            "mode": _mode(file.mode),
            "user": None,
            "secret": any(isinstance(part, SecretRef) for part in file.content),
        }
        if self.host.runtime != SYSTEMD:
            return {**told, "user": UNPRIVILEGED if file.unprivileged else None}
        # Root's, so that a service that was broken into cannot change how it is started.
        group = account(file.account) if file.account else None
        return {**told, "group": group, "mode": _mode(file.mode | 0o040 if group else file.mode)}

    def service(self, service: Service) -> dict[str, Any]:
        numbers = {port.name: self.binder.port(self.host, service, port.name) for port in service.ports}
        told = {
            "name": service.name,
            "command": [self.binder(word) for word in service.command],
            "environment": {name: self.binder(value) for name, value in service.environment},
            "user": self.user(service),
            "files": list(service.files),
            "programs": [service.program],
            "on_change": service.on_change.value,
            "stop_signal": service.stop_signal,
            "stop_seconds": max(1, service.stop_ms // 1000),
            "ports": [
                {"name": one.name, "host": listens(self.host, one), "port": numbers[one.name]}
                for one in service.ports
            ],
            "health": _health(service.health, numbers),
            "health_seconds": service.health.within_ms / 1000,
            "start_after": list(service.start_after),
        }
        return {**told, **_limits(service)} if self.host.runtime == SYSTEMD else told


def _limits(service: Service) -> dict[str, Any]:
    """What a unit of its own adds: the folders it may write and what it may take."""
    limits = service.resources
    given = {"memory": limits.memory, "cpu_percent": limits.cpu_percent, "files": limits.files}
    return {
        "writes": list(service.writes),
        "devices": list(service.devices),
        "resources": {name: value for name, value in given.items() if value},
    }


def account(name: str) -> str:
    """The user and group that services of a host of its own run as."""
    return f"aiotctl-{name}"


def _health(health: Health, ports: Mapping[str, int]) -> dict[str, Any] | None:
    if health.http is not None:
        name, path = health.http
        return {"http": f"http://{LOOPBACK}:{ports[name]}{path}"}
    return {"tcp": health.tcp} if health.tcp else None


def _mode(mode: int) -> str:
    return f"{mode:04o}"
