"""Uplinks cut, services and machines killed: all that was sent is stored, once."""

from __future__ import annotations

import time

import pytest

from tests.hosts.networks.forms import Form, forms
from tests.hosts.networks.plant import GATEWAYS, PRESSES, Plant
from tests.hosts.networks.table import Table, nothing_lost

HUB = ("hub-1",)
POLLED_S, FLUSH_S = 0.5, 0.5
"""How often a press is read; how long a value waits at most at the collector."""

RESTART_S = 8.0
"""A killed collector reads again within this: its unit's pause, its start and its first connections."""

UNWRITTEN = 2
"""Messages of a sensor that a broker acknowledges in the moment between two writings, on a busy machine."""

SERVICES = {
    "hub's broker": (HUB, "mosquitto"),
    "hub's collector": (HUB, "telegraf"),
    "database": (HUB, "postgres"),
    "gateways' brokers": (GATEWAYS, "mosquitto"),
    "forwarders": (GATEWAYS, "forward"),
}
GAPS = """
SELECT device, max(step) FROM (
  SELECT device, extract(epoch FROM time - lag(time) OVER (PARTITION BY series ORDER BY time)) AS step
  FROM aiot.value JOIN aiot.series ON id = series
  WHERE device LIKE 'press%' AND time BETWEEN to_timestamp({began}) AND now()
) AS steps GROUP BY device
"""


@forms
def test_a_cut_uplink_costs_nothing(works: Plant, table: Table, form: Form) -> None:
    hub = works.fleet["hub-1"]
    works.ledger.look()
    hub.disconnect()
    try:
        time.sleep(form.cut_s)
        held = max(works.held(gateway) for gateway in GATEWAYS)
    finally:
        hub.connect()
    began = time.monotonic()
    counts = works.ledger.look(120)
    notes = f"at most {held:,} bytes held; all stored {time.monotonic() - began:.0f} s after it is back"
    table.add(f"uplink cut for {form.cut_s:.0f} s", counts, notes)
    nothing_lost(counts)


@forms
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_killed_and_restarted_costs_nothing(
    works: Plant, table: Table, form: Form, name: str
) -> None:
    machines, service = SERVICES[name]
    apart = (("killed", (works.kill,)), ("restarted", (works.restart,)))
    together = (("killed, restarted", (works.kill, works.restart)),)
    for how, strikes in apart if form.apart else together:
        began = time.monotonic()
        for strike in strikes * form.rounds:
            strike(machines, service)
            time.sleep(2)
        counts = works.ledger.look(90)
        times = f"{form.rounds} times; " if form.rounds > 1 else ""
        table.add(f"{name} {how}", counts, f"{times}all stored after {time.monotonic() - began:.0f} s")
        nothing_lost(counts)


@forms
def test_a_killed_collector_leaves_a_gap_of_known_length(works: Plant, table: Table, form: Form) -> None:
    for _ in range(form.rounds):
        works.ledger.look()
        began = time.time()
        works.kill(GATEWAYS, "telegraf")
        time.sleep(RESTART_S)
        counts = works.ledger.look(90, may_lose=PRESSES)
        gaps = {device: float(gap) for device, gap in works.rows(GAPS.format(began=began - 2))}
        lost = max(len(counts[press].lost) for press in PRESSES)
        notes = f"longest gap {max(gaps.values()):.1f} s, at most {lost} values of a device"
        table.add("gateways' collectors killed", counts, notes)
        nothing_lost(counts, but=PRESSES)
        for press in PRESSES:
            assert gaps[press] <= POLLED_S + FLUSH_S + RESTART_S
            # What was read and had not left when it was killed: one flush of it, and what was under way.
            assert len(counts[press].lost) <= (POLLED_S + FLUSH_S) / POLLED_S + 1
    works.restart(GATEWAYS, "telegraf")
    time.sleep(3)
    counts = works.ledger.look(90)
    table.add("gateways' collectors restarted", counts)
    nothing_lost(counts)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("machine", ["hub-1", "gw-2"])
def test_a_power_cut_costs_no_more_than_what_was_under_way(works: Plant, table: Table, machine: str) -> None:
    """At a gateway that is what its collector had read and not sent, and what its broker had acknowledged to
    a sensor and not yet written: it writes after it has answered, and its collector is gone as well.
    """
    works.ledger.look()
    works.fleet[machine].kill()
    time.sleep(10)
    works.fleet[machine].start()
    behind = ("press-2", "vib-2") if machine == "gw-2" else ()
    counts = works.ledger.look(180, may_lose=behind)
    table.add(f"{machine} without power for 10 s", counts)
    nothing_lost(counts, but=behind)
    for device in behind:
        most = (POLLED_S + FLUSH_S) / POLLED_S + 1 if device in PRESSES else UNWRITTEN
        assert len(counts[device].lost) <= most
