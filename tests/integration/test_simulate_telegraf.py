"""The compiled collector reads the simulated devices: every point of every kind arrives, and is good."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from aiotctl.engine.bind import bind
from aiotctl.pipeline.lower.hosts import lower_gateway
from aiotctl.pipeline.lower.series import series_of_device
from tests.integration.telegraf.conftest import Value, parsed, telegraf, to_file
from tests.simulators.running import Running, Secrets, start

PLANTS = Path(__file__).parents[1] / "simulators" / "plants"
WITHIN_S = 40


class Collector:
    """The real Telegraf with what is compiled for the plant's gateway, writing to a file."""

    def __init__(self, plant: Running, root: Path) -> None:
        site = plant.deployment.sites["plant-a"]
        host = lower_gateway(plant.deployment, site, site.gateways[0])
        self.root = root
        self.series = {str(s.id): s for d in site.devices for s in series_of_device(plant.deployment, d)}
        outputs = {**plant.outputs, f"{host.address}#root": str(root)}
        secrets = Secrets()
        for file in host.files:
            text = bind(file.content, outputs, secrets)
            if file.path.endswith(".conf"):
                text = to_file(text, root / "out.influx")
            (root / file.path).parent.mkdir(parents=True, exist_ok=True)
            (root / file.path).write_text(text)
        (root / "logs").mkdir(exist_ok=True)
        with (root / "console.log").open("wb") as console:
            self.processes = [
                subprocess.Popen([telegraf(), "--config", config], stdout=console, stderr=console, cwd=root)
                for config in sorted(root.glob("etc/telegraf*.conf"))
            ]

    def values(self) -> list[Value]:
        path = self.root / "out.influx"
        lines = path.read_text().splitlines() if path.exists() else []
        return [parsed(line, self.series) for line in lines]

    def last(self, done: Callable[[Mapping[str, Value]], bool]) -> dict[str, Value]:
        """The last value of each raw series, once they are what the test waits for."""
        deadline = time.monotonic() + WITHIN_S
        while True:
            found = {value.name: value for value in self.values()}
            if done(found):
                return found
            assert time.monotonic() < deadline, (sorted(found), self.log()[-4000:])
            time.sleep(0.2)

    def log(self) -> str:
        paths = [self.root / "logs/telegraf.log", self.root / "console.log"]
        return "".join(path.read_text(errors="replace") for path in paths if path.exists())

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(20)


@pytest.fixture(params=["modbus", "opcua", "mqtt"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Running, Collector]]:
    blueprint = (PLANTS / f"{request.param}.yaml").read_text().replace("every: 10s", "every: 2s")
    (tmp_path / "field").mkdir()
    (tmp_path / "gw").mkdir()
    plant = start(tmp_path / "field", blueprint)
    try:
        collector = Collector(plant, tmp_path / "gw")
        yield plant, collector
        collector.stop()
    finally:
        plant.stop()


def test_every_point_arrives_and_is_good(both: tuple[Running, Collector]) -> None:
    plant, collector = both
    devices = [device for device in plant.deployment.sites["plant-a"].devices if device.endpoint]
    wanted = {f"{device.name}/{point.name}" for device in devices for point in plant.kind(device.name).points}
    last = collector.last(lambda found: wanted <= set(found))
    bad = {name: value for name, value in last.items() if value.quality or value.value is None}
    assert not bad, collector.log()[-2000:]
