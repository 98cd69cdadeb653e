"""The benches' fleet: blueprints of any number of sites, as one YAML file or as a blueprint with a CSV file.

43 lines a site, so that 10,000 sites are 430,000 lines; names and addresses differ from site to site.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PRESSES = 5
HEAD = """\
blueprint: v1
name: fleet
owner: ops@example.com

device_types:
  press:
    protocol: modbus-tcp
    points:
      oil_temperature: {register: holding/100, type: float32, unit: Cel, every: 1s, range: [-20, 150]}
      pressure: {register: input/0, type: uint16, scale: 0.1, unit: bar, every: 500ms, range: [0, 400]}
      energy: {register: input/10, type: uint32, unit: kW.h, every: 10s}
      state: {register: holding/120, type: uint16, enum: {0: stopped, 1: running, 2: fault}, every: 1s}
  vibration:
    protocol: mqtt
    points:
      rms: {topic: "sensors/{site}/{device}", json: rms, unit: mm/s, every: 1s, range: [0, 50]}

pipelines:
  press-health:
    source: {device_types: [press], points: [pressure]}
    steps:
      - deadband: {pressure: 0.2 bar, at_least_every: 60s}
      - window: {every: 10s, aggregate: [mean, max]}
    sinks: [timeseries, lake]

platform:
  collector: {engine: telegraf}
  broker: {engine: nats}
  timeseries: {engine: postgres-embedded}
  lake: {engine: seaweedfs}
  runtime: {engine: process}

environments:
  production: {}

"""

HOSTS_PLATFORM = """\
platform:
  collector: {engine: telegraf}
  broker: {engine: mosquitto}
  timeseries: {engine: postgres}
  lake: {engine: seaweedfs}
  runtime: {engine: systemd}

environments:
  production:
    rollout: {waves: [1, 10 %, 100 %]}
    hosts:
      hub-1: {address: 127.255.0.1, serves: [broker, timeseries, lake]}
"""


def write_yaml(path: Path, sites: int) -> Path:
    """A fleet as one file; returns its path."""
    with path.open("w", encoding="utf-8") as out:
        out.write(HEAD + "sites:\n")
        for number in range(sites):
            out.write("\n".join(_site(number)) + "\n")
    return path


def write_hosts(path: Path, sites: int, changed: int = 0) -> Path:
    """A fleet on machines of its own, changed in waves; at the first ``changed`` sites a device has another
    unit id. Returns the file's path."""
    head = HEAD.partition("platform:")[0]
    with path.open("w", encoding="utf-8") as out:
        out.write(head + HOSTS_PLATFORM)
        for number in range(sites):
            out.write(f"      {site_name(number)}/gw-1: {{address: {_machine(number)}}}\n")
        out.write("\nsites:\n")
        for number in range(sites):
            text = "\n".join(_site(number))
            out.write((text.replace("unit_id: 1\n", "unit_id: 7\n") if number < changed else text) + "\n")
    return path


def write_csv(folder: Path, sites: int) -> Path:
    """The same fleet as ``blueprint.yaml`` and ``fleet.csv``; returns the blueprint's path."""
    with (folder / "fleet.csv").open("w", encoding="utf-8") as out:
        out.write("site,timezone,uplink,gateway,device,type,endpoint,unit_id\n")
        for number in range(sites):
            out.writelines(_rows(number))
    blueprint = folder / "blueprint.yaml"
    blueprint.write_text(HEAD + "fleet: {from: fleet.csv}\n", encoding="utf-8")
    return blueprint


def site_name(number: int) -> str:
    """Name of a site of the fleet."""
    return f"s{number:05d}"


def _site(number: int) -> Iterator[str]:
    yield f"  {site_name(number)}:"
    yield "    timezone: Europe/Berlin"
    yield "    uplink: 20 Mbit/s"
    yield "    gateways:"
    yield "      gw-1:"
    yield "        arch: amd64"
    yield "        labels:"
    yield "          line: A"
    yield f"          hall: h{number % 50}"
    yield "          shift: day"
    yield "          zone: ot"
    yield "    devices:"
    for press in range(1, PRESSES + 1):
        yield f"      press-{press}:"
        yield "        type: press"
        yield "        gateway: gw-1"
        yield f"        endpoint: {_endpoint(number, press)}"
        yield f"        unit_id: {press}"
    for sensor in range(1, 3):
        yield f"      v{sensor}:"
        yield "        type: vibration"
        yield "        gateway: gw-1"


def _rows(number: int) -> Iterator[str]:
    start = f"{site_name(number)},Europe/Berlin,20 Mbit/s,gw-1"
    for press in range(1, PRESSES + 1):
        yield f"{start},press-{press},press,{_endpoint(number, press)},{press}\n"
    for sensor in range(1, 3):
        yield f"{start},v{sensor},vibration,,\n"


def _machine(number: int) -> str:
    return f"127.{200 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


def _endpoint(number: int, press: int) -> str:
    return f"10.{number // 250}.{number % 250}.{press + 10}:502"
