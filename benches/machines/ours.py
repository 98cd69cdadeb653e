"""A hub and gateways on machines of a fleet, under aiotctl."""

from __future__ import annotations

import os
from pathlib import Path

from benches.measure import AIOTCTL, Ran, run
from tests.hosts.fleet import Fleet

HUB = "hub-1"
ENVIRONMENT = "pilot"
HEAD = """\
blueprint: v1
name: machines
owner: ops@example.com

device_types:
  press:
    protocol: modbus-tcp
    points:
      pressure: {register: input/0, type: uint16, scale: 0.1, unit: bar, every: 1s, range: [0, 400]}
  vibration:
    protocol: mqtt
    points:
      rms: {topic: "sensors/{site}/{device}/rms", unit: mm/s, every: 1s}

pipelines:
  press-health:
    source: {device_types: [press], points: [pressure]}
    steps:
      - window: {every: 5s, aggregate: [mean, max]}
    sinks: [timeseries]

platform:
  broker: {engine: mosquitto}
  timeseries: {engine: postgres}
  runtime: {engine: systemd}

"""
SITE = """\
  plant-%(name)s:
    gateways: {%(name)s: {arch: amd64}}
    devices:
      press-1: {type: press, gateway: %(name)s, endpoint: "%(controller)s:15020"}
      vib-1: {type: vibration, gateway: %(name)s}
"""


class Machines:
    """A project whose environment is a fleet; nothing of it is applied yet."""

    def __init__(self, folder: Path, fleet: Fleet) -> None:
        self.folder, self.fleet = folder / "machines", fleet
        self.folder.mkdir(parents=True)
        self.gateways = tuple(machine.name for machine in fleet if machine.name != HUB)
        self._write()

    def apply(self) -> Ran:
        """Applies it all."""
        settings = {**os.environ, "AIOTCTL_SSH_CONFIG": str(self.fleet.ssh_config)}
        words = ["apply", "--yes", "--env", ENVIRONMENT, "--project", str(self.folder)]
        return run([*AIOTCTL, *words], environment=settings)

    def _write(self) -> None:
        hub = self.fleet[HUB]
        hosts = [f"      {HUB}: {{address: {hub.address}, serves: [broker, timeseries]}}\n"]
        hosts += [f"      plant-{n}/{n}: {{address: {self.fleet[n].address}}}\n" for n in self.gateways]
        controller = hub.address.rsplit(".", 1)[0] + ".1"
        sites = (SITE % {"name": name, "controller": controller} for name in self.gateways)
        pilot = f"  {ENVIRONMENT}:\n    remove: [platform/lake]\n    hosts:\n{''.join(hosts)}"
        (self.folder / "blueprint.yaml").write_text(f"{HEAD}environments:\n{pilot}\nsites:\n{''.join(sites)}")
