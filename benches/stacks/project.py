"""A project whose environment is in a cloud of the tests' own; of it only the stack is applied."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benches.measure import AIOTCTL, Ran, run

ENVIRONMENT, STACK = "production", "stack/hub"
BLUEPRINT = """\
blueprint: v1
name: clouds
owner: ops@example.com

device_types:
  press:
    protocol: modbus-tcp
    points:
      pressure: {register: input/0, type: uint16, scale: 0.1, unit: bar, every: 1s, range: [0, 400]}

platform:
  cloud: {engine: aws, region: eu-central-1, production: true, zone: plant.example, alarms: ops@example.com,
          registry: true, cluster: true}
  broker: {engine: mosquitto}
  timeseries: {engine: postgres}
  lake: {engine: bucket}
  runtime: {engine: systemd, operators: [198.51.100.7/32]}

environments:
  production:
    hosts:
      hub-1: {serves: [broker, timeseries]}
      plant-a/gw-1: {address: 127.1.0.5}

sites:
  plant-a:
    egress: [203.0.113.0/28]
    gateways: {gw-1: {arch: amd64}}
    devices:
      press-1: {type: press, gateway: gw-1, endpoint: 127.1.0.6}
"""


class CloudProject:
    """The project in a folder; ``settings`` is the environment of its commands."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder, self.settings = folder, settings
        folder.mkdir()
        (folder / "blueprint.yaml").write_text(BLUEPRINT)

    def apply(self) -> Ran:
        """Makes the stack."""
        return self._run("apply", "--yes")

    def plan(self, *words: str) -> Ran:
        """A plan of the stack. Raises RuntimeError where it would change anything."""
        return self._run("plan", "--detailed-exitcode", *words)

    def _run(self, *words: str) -> Ran:
        about = ["--target", STACK, "--env", ENVIRONMENT, "--project", str(self.folder)]
        return run([*AIOTCTL, *words, *about], environment=self.settings)
