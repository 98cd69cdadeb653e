"""The same blueprint on machines of their own: applied over SSH, flowing, checked for drift, taken back."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aiotctl.model import names
from tests.e2e.laptop import Laptop
from tests.hosts.attempts.certificates import HUB_PORT
from tests.hosts.attempts.stage import Stage
from tests.hosts.attempts.visitor import WELCOME, knock
from tests.hosts.fleet import Fleet
from tests.hosts.snapshot import Snapshot
from tests.hosts.works import ENVIRONMENT, Sensor

pytestmark = pytest.mark.timeout(900)


def plan(works: Laptop, *words: str) -> dict[str, Mapping[str, Any]]:
    """What an apply would do, by the unit's address."""
    told = works.run("plan", "--env", ENVIRONMENT, "--json", *words).ok()
    messages = [json.loads(line) for line in told.out.splitlines()]
    return {m["address"]: m for m in messages if m["type"] == "planned_change"}


def test_every_point_flows_from_its_device_to_the_hub(works: Laptop) -> None:
    with Sensor(works, "plant-a/vib-1").publishing():
        works.run("verify", "--env", ENVIRONMENT, "--wait", "90s").ok()


def test_a_second_apply_changes_nothing(works: Laptop) -> None:
    assert plan(works) == plan(works, "--refresh") == {}
    again = works.run("apply", "--env", ENVIRONMENT, "--yes").ok()
    assert "Nothing to do" in again.out
    assert "was not looked at; --refresh does" in again.out or "was last looked at" in again.out


def test_status_tells_every_service_of_every_machine(works: Laptop) -> None:
    told = works.run("status", "--env", ENVIRONMENT).ok().out
    for where in ("host/hub-1", "host/plant-a/gw-1", "host/plant-b/gw-2"):
        assert f"{where}  running" in told
    assert "down" not in told


DRIFTS = {
    "a changed file": (
        "gw-1",
        "echo '# changed' | tee -a {root}/mosquitto/mosquitto.conf",
        "file mosquitto/mosquitto.conf",
    ),
    "a deleted file": ("hub-1", "rm {root}/mosquitto/access.acl", "file mosquitto/access.acl"),
    "a topic right": (
        "hub-1",
        "printf 'user intruder\\ntopic read #\\n' | tee -a {root}/mosquitto/access.acl",
        "file mosquitto/access.acl",
    ),
    "a stopped unit": ("gw-1", "systemctl stop aiotctl-telegraf", "service telegraf"),
    "a masked unit": (
        "gw-2",
        "systemctl stop aiotctl-telegraf; cd /etc/systemd/system; ln -sf /dev/null aiotctl-telegraf.service",
        "service telegraf",
    ),
    "an opened port": (
        "gw-1",
        "nft insert rule inet aiotctl input tcp dport 4444 accept",
        "firewall inet aiotctl",
    ),
    "a package held": ("gw-2", "apt-mark hold mosquitto", "package mosquitto"),
    "a package removed": ("gw-2", "dpkg --remove --force-all mosquitto", "package mosquitto"),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_drift_is_named_and_repaired(works: Laptop, fleet: Fleet, name: str) -> None:
    machine, command, item = DRIFTS[name]
    line = command.format(root="$root")
    fleet[machine].run(f"set -e; root=$(dirname /var/lib/aiotctl/*/mosquitto); {line}").ok()
    unit = {"hub-1": "host/hub-1", "gw-1": "host/plant-a/gw-1", "gw-2": "host/plant-b/gw-2"}[machine]
    assert plan(works) == {}, "a plain plan looks at nothing"
    found = plan(works, "--refresh")
    assert set(found) == {unit}
    assert item in {drift["item"] for drift in found[unit]["drift"]}
    works.run("apply", "--env", ENVIRONMENT, "--refresh", "--yes").ok()
    assert plan(works, "--refresh") == {}


def test_what_leaves_the_blueprint_leaves_the_machine(works: Laptop, fleet: Fleet) -> None:
    device = "      vib-1: {type: vibration-sensor, gateway: gw-1}\n"
    works.edit(device, "")
    works.run("apply", "--env", ENVIRONMENT, "--yes").ok()
    assert "vib-1" not in fleet["gw-1"].run("cat /var/lib/aiotctl/*/mosquitto/*.*").out
    assert ":1883" not in fleet["gw-1"].run("ss -Hltn").out
    listed = works.run("access", "list", "--env", ENVIRONMENT).ok().out
    assert "device.plant-a.vib-1" not in listed
    works.edit("      chiller-1:", device + "      chiller-1:")
    works.run("apply", "--env", ENVIRONMENT, "--yes").ok()


DATA = re.compile(r"users aiotctl-|/etc/(passwd|shadow|group|gshadow) |/var/lib/aiotctl($|[ /])")
"""What stays at a machine that leaves: data, and whom they belong to."""
PLANT_B = """  plant-b:
    gateways: {gw-2: {arch: amd64}}
    devices:
"""


def test_a_gateway_that_leaves_is_cleaned_and_locked_out(
    works: Laptop, fleet: Fleet, before: dict[str, Snapshot], tmp_path: Path
) -> None:
    stage, whole = Stage(works, fleet, tmp_path), (works.folder / "blueprint.yaml").read_text()
    gone = stage.pair("gateway.plant-b.gw-2")

    def knocks() -> str:
        return stage.inside("gw-1", lambda: knock(stage.hub.address, HUB_PORT, stage.tls(gone)))

    assert knocks() == WELCOME
    site, rest = whole.split(PLANT_B)
    device, after = rest.split("\n", 1)
    host = next(line for line in after.splitlines() if "plant-b/gw-2:" in line)
    (works.folder / "blueprint.yaml").write_text(site + after.replace(f"{host}\n", ""))
    assert "press-2" in device
    works.run("apply", "--env", ENVIRONMENT, "--yes").ok()
    left = before["gw-2"].differences(fleet["gw-2"].snapshot())
    assert [one for one in left if not DATA.search(one)] == []
    assert any("/data/mosquitto/mosquitto.db" in one for one in left), "data stay without --purge-data"
    with pytest.raises(ssl.SSLError, match="revoked"):
        knocks()
    waiting = plan(works, "--refresh")
    assert {unit: one["secrets"] for unit, one in waiting.items()} == {"host/plant-a/gw-1": [names.CRL]}
    (works.folder / "blueprint.yaml").write_text(whole)
    works.run("apply", "--env", ENVIRONMENT, "--yes").ok()
    with Sensor(works, "plant-a/vib-1").publishing():
        works.run("verify", "--env", ENVIRONMENT, "--wait", "90s").ok()


def test_destroy_leaves_the_machines_as_they_were(
    works: Laptop, fleet: Fleet, before: dict[str, Snapshot]
) -> None:
    works.run("destroy", "--env", ENVIRONMENT, "--purge-data", "--yes", timeout=400).ok()
    for machine in fleet:
        assert before[machine.name].differences(machine.snapshot()) == []
