"""Clocks stepped back and forth: every value is stored, once."""

from __future__ import annotations

import platform
import time

import pytest

from tests.hosts.networks.forms import Form, forms
from tests.hosts.networks.plant import Plant
from tests.hosts.networks.table import Table, nothing_lost

HOUR = 3600
POLLED_S = 0.5
"""How often a press is read, whatever the clock does."""


pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="step_clock.py knows the code of x86_64 alone"
)


@forms
@pytest.mark.parametrize("machine", ["gw-1", "hub-1"])
def test_a_stepped_clock_costs_nothing(works: Plant, table: Table, form: Form, machine: str) -> None:
    works.ledger.look()
    sensor, began = works.sensors["vib-1"], time.monotonic()
    steps = (HOUR, -HOUR, 10, -10, 0)
    for step in steps:
        works.step_clock(machine, step)
        if machine == "gw-1":
            sensor.shift_s = step
        time.sleep(form.clock_s)
    seconds = time.monotonic() - began
    counts = works.ledger.look(60)
    who = "a gateway and its sensor" if machine == "gw-1" else "the hub"
    table.add(f"clock of {who} stepped", counts, "by 1 h, -1 h, 10 s, -10 s and back, each process's own")
    nothing_lost(counts)
    assert seconds / POLLED_S * 0.5 <= counts["press-1"].sent <= seconds / POLLED_S * 1.2 + 5
    if machine == "gw-1":
        for device in ("press-1", "vib-1"):
            assert_stepped(works, device)


def assert_stepped(works: Plant, device: str) -> None:
    """Values of a device lie an hour ahead and an hour back: the clock that stamps them was stepped."""
    query = (
        "SELECT extract(epoch FROM time - now())::int / 600 FROM aiot.value JOIN aiot.series ON id = series "
        f"WHERE device = '{device}' GROUP BY 1"
    )
    found = {int(row[0]) for row in works.rows(query)}
    assert found & {5, 6}
    assert found & {-6, -7}
