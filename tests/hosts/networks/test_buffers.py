"""A gateway's buffer beyond its limit: the oldest values go, and as many as were lost are told."""

from __future__ import annotations

import time

import pytest

from tests.e2e.counting import Count
from tests.e2e.laptop import until
from tests.hosts.networks.forms import Form, forms
from tests.hosts.networks.plant import ENVIRONMENT, FILLED, Plant
from tests.hosts.networks.table import Table, nothing_lost

LIMIT = 1_000_000
"""``platform.broker.buffer`` of the blueprint, in bytes."""

LINE = 60
"""Bytes of a value on its way, at least."""


@forms
def test_beyond_its_limit_a_buffer_loses_the_oldest_and_says_how_many(
    works: Plant, table: Table, form: Form
) -> None:
    for _ in range(form.rounds):
        works.ledger.look()
        before = dropped(works)
        held = filled(works, restarted=True)
        counts = works.ledger.look(120, may_lose=FILLED)
        lost = sum(len(counts[device].lost) for device in FILLED)
        told_exactly(works, before + lost)
        notes = f"limit {LIMIT:,} bytes, held {held:,}; told {lost:,} lost; the oldest ones"
        table.add("a gateway's buffer filled", counts, notes)
        nothing_lost(counts, but=FILLED)
        assert lost > 0
        assert LIMIT * 0.9 <= held <= LIMIT * 1.1
        for device in FILLED:
            assert_oldest(counts[device])
    for command in ("status", "verify"):
        said = works.project.run(command, "--env", ENVIRONMENT).out
        assert f"Gateway plant-b/gw-3 lost {dropped(works):,} values" in said


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_what_was_dropped_on_its_way_and_came_is_not_counted(works: Plant, table: Table) -> None:
    works.ledger.look()
    before = dropped(works)
    held = filled(works, restarted=False)
    counts = works.ledger.look(120, may_lose=FILLED)
    lost = sum(len(counts[device].lost) for device in FILLED)
    told_exactly(works, before + lost)
    table.add("the same, with messages on their way", counts, f"held {held:,}; told {lost:,} lost")
    nothing_lost(counts, but=FILLED)


def filled(works: Plant, restarted: bool) -> int:
    """Bytes in the third gateway's buffer when far more came than it may hold; the hub was away meanwhile.

    The forwarder begins anew once the hub is away: what is on its way by a connection whose cable was only
    pulled comes when that is plugged in, whether it is in the buffer still or not.
    """
    hub = works.fleet["hub-1"]
    hub.disconnect()
    try:
        if restarted:
            works.restart(["gw-3"], "forward")
        works.sensors["rec-3"].burst(3 * LIMIT // (2 * LINE))
        time.sleep(3)
        return works.held("gw-3")
    finally:
        hub.connect()


def told_exactly(works: Plant, values: int) -> None:
    """Waits until the database knows so many to have gone: what was on its way when it went, and came, is
    counted until its arrival is confirmed.
    """
    until(lambda: dropped(works) == values, 90, "the hub is told of what was lost and no more")


def dropped(works: Plant) -> int:
    """What the database knows to have gone at the third gateway; nothing went at any other."""
    rows = works.rows("SELECT gateway, dropped_values FROM aiot.buffer ORDER BY gateway")
    told = {gateway: int(values) for gateway, values in rows}
    assert told.get("plant-a/gw-1", 0) == told.get("plant-a/gw-2", 0) == 0
    return told.get("plant-b/gw-3", 0)


def assert_oldest(count: Count) -> None:
    """What was lost was sent in one row, and all that was sent after it is stored."""
    if count.lost:
        assert count.lost[-1] - count.lost[0] == len(count.lost) - 1
