"""Runs the hub's services from what the catalog lowers them to, on free ports below a folder of the test's
own.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aiotctl.backends.schema import apply_schema
from aiotctl.backends.sql import Login
from aiotctl.catalog.entry import Contribution, HubContext, PlatformEntry
from aiotctl.engine.bind import bind
from aiotctl.model import address, names
from aiotctl.model.blueprint import Choice, Environment, Json, ValueType
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Right, Schema, SecretRef, Series, Service, Text
from aiotctl.toolbox.locate import locate
from aiotctl.toolbox.obtain import ensure
from aiotctl.toolbox.pins import pins

UNPRIVILEGED = "nobody"


def program(name: str) -> str:
    """Where a program lies. What comes with the environment is there; what does not fails in CI or skips."""
    if name == "python":
        return sys.executable
    if pins()[name].bundled:
        return str(ensure([name], lambda _: None)[name].path)
    found = locate(name)
    if found:
        return str(found.path)
    reason = f"{name} is not there: `aiotctl tools install {name}` gets it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Hub:
    """A host's folder with bound files, and the processes started from it."""

    root: Path
    spice: str = "-'\"\\$`{%"
    """What every password ends with, so that a place that does not quote shows."""
    outputs: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def install(self, contribution: Contribution) -> None:
        """Writes a contribution's files with everything bound."""
        self.outputs[f"{names.HUB}#root"] = str(self.root)
        for name in contribution.programs:
            self.outputs[f"program/{name}#path"] = self._reachable(name)
        for service in contribution.services:
            self.services[service.name] = service
            for port in service.ports:
                where = f"{address.service(names.HUB, service.name)}#{port.name}"
                if f"{where}.port" not in self.outputs:
                    number = str(free_port())
                    self.outputs |= {f"{where}.port": number, f"{where}.host": "127.0.0.1"}
                    self.outputs[f"{where}.address"] = f"127.0.0.1:{number}"
        for directory in contribution.directories:
            path = self.root / directory.path
            path.mkdir(parents=True, exist_ok=True, mode=0o755)
            self._hand_over(path, directory.mode, directory.unprivileged)
        for file in contribution.files:
            path = self.root / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.bound(file.content))
            self._hand_over(path, file.mode, file.unprivileged)

    def bound(self, text: Text) -> str:
        for part in text:
            if isinstance(part, SecretRef):
                self.secrets.setdefault(part.name, part.name.replace("/", "-") + self.spice)
        return bind(text, self.outputs, self.secrets)

    def start(self, name: str, wait: bool = True) -> None:
        service = self.services[name]
        command = [self.bound(word) for word in service.command]
        log = (self.root / f"{name}.log").open("ab")
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root)}
        environment |= {key: self.bound(value) for key, value in service.environment}
        user = UNPRIVILEGED if service.unprivileged and os.geteuid() == 0 else None
        self.running[name] = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.root,
            env=environment,
            user=user,
            extra_groups=[] if user else None,
            start_new_session=True,
        )
        if wait:
            self.wait_healthy(name)

    def wait_healthy(self, name: str) -> None:
        health = self.services[name].health
        deadline = time.monotonic() + health.within_ms / 1000
        while time.monotonic() < deadline:
            if self.running[name].poll() is not None:
                raise AssertionError(f"{name} ended: {self.log(name)[-3000:]}")
            if self._answers(name):
                return
            time.sleep(0.05)
        raise AssertionError(f"{name} is not healthy: {self.log(name)[-3000:]}")

    def kill(self, name: str) -> None:
        """SIGKILL to the service's own process, as a crash would."""
        self.running[name].kill()
        self.running.pop(name).wait(10)

    def stop(self, name: str) -> None:
        service, process = self.services[name], self.running.pop(name)
        process.send_signal(signal.Signals[f"SIG{service.stop_signal}"])
        try:
            process.wait(service.stop_ms / 1000)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def login(self, role: str = "admin") -> Login:
        """How a role of the database comes in."""
        return Login("127.0.0.1", self.port("postgres", "sql"), self.secrets[f"database/{role}"], role)

    def apply(self, schema: Schema) -> Login:
        """Brings the database to the schema; the superuser's login."""
        self.secrets.setdefault(schema.logins.name, "{}")
        for _, secret in schema.roles:
            self.bound((secret,))
        apply_schema(schema, self.login(), self.secrets)
        return self.login()

    def log(self, name: str) -> str:
        path = self.root / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def log_of(self, collector: str) -> str:
        """What a collector writes to its own file."""
        path = self.root / "logs" / f"{collector}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def port(self, service: str, name: str) -> int:
        return int(self.outputs[f"{address.service(names.HUB, service)}#{name}.port"])

    def _answers(self, name: str) -> bool:
        health = self.services[name].health
        try:
            if health.http:
                port, path = health.http
                url = f"http://127.0.0.1:{self.port(name, port)}{path}"
                with urllib.request.urlopen(url, timeout=1) as answer:
                    return answer.status == 200
            if health.tcp:
                socket.create_connection(("127.0.0.1", self.port(name, health.tcp)), 1).close()
        except OSError:
            return False
        return True

    def _reachable(self, name: str) -> str:
        """As root, what an unprivileged service runs is copied to where its user can reach it."""
        path = program(name)
        if name != "postgres" or os.geteuid() != 0:
            return path
        copy = self.root / "programs" / name
        if not copy.exists():
            shutil.copytree(path, copy, symlinks=True)
        return str(copy)

    def _hand_over(self, path: Path, mode: int, unprivileged: bool) -> None:
        path.chmod(mode)
        if unprivileged and os.geteuid() == 0:
            shutil.chown(path, UNPRIVILEGED)


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """A hub's folder that an unprivileged user can reach; what runs at the end is stopped."""
    root = Path(tempfile.mkdtemp(prefix="aiotctl-hub-"))
    root.chmod(0o755)
    made = Hub(root)
    yield made
    for name in reversed(made.running.copy()):
        made.stop(name)
    shutil.rmtree(root)


def context(
    platform: Mapping[str, tuple[str, Mapping[str, Json]]],
    rights: tuple[Right, ...] = (),
    series: tuple[Series, ...] = (),
) -> HubContext:
    """A hub of a blueprint that has only a platform: role to engine and options."""
    deployment = Deployment(
        blueprint="test",
        owner="",
        environment=Environment("laptop"),
        device_types={},
        sites={},
        pipelines={},
        platform={role: Choice(role, engine, options) for role, (engine, options) in platform.items()},
        identities={},
    )
    return HubContext(deployment, rights, lambda: series)


@pytest.fixture(scope="session")
def hub_context() -> Callable[..., HubContext]:
    return context


@pytest.fixture(scope="session")
def lowered() -> Callable[[PlatformEntry, HubContext], Contribution]:
    def lower(entry: PlatformEntry, given: HubContext) -> Contribution:
        assert entry.hub is not None
        return entry.hub(given)

    return lower


@pytest.fixture(scope="session")
def make_series() -> Callable[..., Series]:
    """A series with the given id; everything else may be left out."""

    def make(
        number: int, point: str = "pressure", kind: ValueType = ValueType.FLOAT, **changes: object
    ) -> Series:
        given: dict[str, object] = {
            "id": number,
            "address": f"site/plant-a/device/press-1/point/{point}",
            "site": "plant-a",
            "gateway": "gw-1",
            "device": "press-1",
            "device_type": "hydraulic-press",
            "point": point,
            "pipeline": "",
            "aggregate": "",
            "type": kind,
            "unit": "bar",
            "range": None,
            "silence_ms": 3000,
        }
        return Series(**(given | changes))  # type: ignore[arg-type]

    return make
