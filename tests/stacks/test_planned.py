"""A blueprint with a cloud, planned by the command line: cloud and hosts are one plan."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.laptop import Laptop
from tests.stacks import samples
from tests.stacks.provider.install import install
from tests.stacks.rig import PACKAGES, engine

ENVIRONMENT = """
  production:
    select: {{sites: [plant-a]}}
    hosts:
      hub-1: {{serves: [broker]}}
      plant-a/gw-1: {{address: 10.99.0.5}}
    overlay:
      sites: {{plant-a: {{egress: [203.0.113.0/28]}}}}
      platform:
        cloud: {{engine: {cloud}, region: {region}, production: true, zone: {zone}, alarms: ops@acme.example,
                registry: true, cluster: true}}
        broker: {{engine: mosquitto}}
        timeseries: {{engine: managed}}
        lake: {{engine: bucket}}
        runtime: {{engine: systemd, operators: [198.51.100.7/32]}}
"""


def _project(cloud: str, folder: Path, truststore: Path) -> Laptop:
    (folder / "tmp").mkdir()
    (folder / "home").mkdir()
    settings = {
        **install(folder / "clouds", os.environ["PATH"]),
        "AIOTCTL_RDS_TRUSTSTORE": str(truststore),
    }
    project = Laptop(folder / "project", folder / "home", name="production", settings=settings)
    Laptop(folder, folder / "home").run("init", "press-shop", "project", "--defaults").ok()
    blueprint = project.folder / "blueprint.yaml"
    added = ENVIRONMENT.format(cloud=cloud, region=samples.REGIONS[cloud], zone=samples.ZONES[cloud])
    blueprint.write_text(blueprint.read_text(encoding="utf-8").rstrip() + added, encoding="utf-8")
    return project


@pytest.mark.parametrize("cloud", samples.CLOUDS)
def test_cloud_and_hosts_are_one_plan(cloud: str, tmp_path: Path, truststore: Path) -> None:
    engine()
    project = _project(cloud, tmp_path, truststore)
    out = project.run("plan", "--env", "production", "--json", timeout=240).ok().out
    changes: dict[str, Any] = {
        one["address"]: one for one in map(json.loads, out.splitlines()) if one["type"] == "planned_change"
    }
    assert list(changes) == ["stack/hub", "host/hub-1", "schema/hub", "host/plant-a/gw-1"]
    resources = changes["stack/hub"]["resources"]
    assert len(resources) > 30
    assert {one["action"] for one in resources} == {"create"}
    assert all(one["type"].startswith(f"{PACKAGES[cloud]}:") for one in resources)
