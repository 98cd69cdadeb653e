"""What a change of the blueprint is called in the plan, and what it touches when it is applied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import made
from .laptop import Laptop, until

GATEWAY = "plant-a.gw-1/telegraf"
SERIES = "SELECT id, address, active FROM aiot.series WHERE device = %s ORDER BY id"
PRESS_2 = 'press-2: {type: hydraulic-press, gateway: gw-1, endpoint: "10.20.1.12:502", unit_id: 1}'
VIB_1 = "vib-1: {type: vibration-sensor, gateway: gw-1}"


@pytest.fixture(scope="module")
def laptop(programs: None) -> Iterator[Laptop]:
    """A press shop that each test changes further."""
    with made("press-shop") as project:
        project.apply().ok()
        project.wait_flowing()
        yield project


def changed(laptop: Laptop) -> set[str]:
    """Applies and gives the services that were not left running."""
    before = laptop.services()
    laptop.apply().ok()
    after = laptop.services()
    assert laptop.strays() == []
    assert laptop.changes() == {}
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_a_deadband_is_told_in_the_blueprints_words_and_restarts_only_the_gateway(laptop: Laptop) -> None:
    laptop.edit("{pressure: 0.2 bar, at_least_every: 60s}", "{pressure: 0.5 bar, at_least_every: 60s}")
    told = laptop.run("plan", "--env", "laptop").ok().out
    words = " ".join(told.split())
    assert "press-health" in words
    assert "0.2 bar -> 0.5 bar" in words.replace("→", "->")
    assert "telegraf" in words
    assert "restart" in words
    assert laptop.changes().keys() == {"host/plant-a/gw-1"}
    assert changed(laptop) == {GATEWAY}
    laptop.wait_flowing()


def test_a_new_device_restarts_neither_database_nor_lake(laptop: Laptop) -> None:
    laptop.edit(VIB_1, f"{VIB_1}\n      vib-2: {{type: vibration-sensor, gateway: gw-1}}")
    assert changed(laptop).isdisjoint({"hub/postgres", "hub/seaweedfs", "hub/lake-export", "hub/maintenance"})
    laptop.wait_flowing()
    assert laptop.rows("SELECT count(*) > 0 FROM devices.vibration_sensor WHERE device = 'vib-2'") == [
        (True,)
    ]


def test_a_moved_device_keeps_its_history(laptop: Laptop) -> None:
    before = laptop.rows(SERIES, "press-2")
    [(oldest,)] = laptop.rows("SELECT min(time) FROM devices.hydraulic_press WHERE device = 'press-2'")
    laptop.edit(PRESS_2, PRESS_2.replace("press-2", "press-west"))
    laptop.edit(
        "\npipelines:",
        "\nmoved:\n  - {from: site/plant-a/device/press-2, to: site/plant-a/device/press-west}\n\npipelines:",
    )
    changed(laptop)
    laptop.wait_flowing()
    after = laptop.rows(SERIES, "press-west")
    assert [row[0] for row in after] == [row[0] for row in before]
    assert all(active for _, _, active in after)
    assert laptop.rows(SERIES, "press-2") == []
    [(first,)] = laptop.rows("SELECT min(time) FROM devices.hydraulic_press WHERE device = 'press-west'")
    assert first == oldest


def test_a_removed_device_leaves_the_world_and_its_data_stay(laptop: Laptop) -> None:
    stored = "SELECT count(*) FROM aiot.value JOIN aiot.series ON id = series WHERE device = 'vib-1'"
    [(before,)] = laptop.rows(stored)
    laptop.edit(f"      {VIB_1}\n", "")
    assert "vib-1" in laptop.run("plan", "--env", "laptop").ok().out
    changed(laptop)
    assert [active for _, _, active in laptop.rows(SERIES, "vib-1")] == [False]
    assert laptop.rows(stored)[0][0] >= before > 0
    for root in laptop.roots():
        mentions = [path for path in root.rglob("*") if _mentions(path, b"vib-1")]
        assert mentions == []
    laptop.wait_flowing()


def test_nothing_else_was_applied_than_what_flows_now(laptop: Laptop) -> None:
    [(active,)] = laptop.rows("SELECT count(*) FROM aiot.series WHERE active")
    assert active == len(laptop.verify().verdicts)
    until(lambda: laptop.verify().ok, 30, "verify finds everything as it should be")


def _mentions(path: object, word: bytes) -> bool:
    from pathlib import Path

    assert isinstance(path, Path)
    # Data and logs are history; everything else says what is wanted now.
    if {"data", "logs"} & set(path.parts) or not path.is_file():
        return False
    return word in path.read_bytes()
