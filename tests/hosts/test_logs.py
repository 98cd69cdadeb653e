"""What services on machines of their own say, from here: their journals' ends, and what comes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from aiotctl.backends.remote_logs import Journal, follow, last
from aiotctl.errors import AiotctlError
from tests.hosts.fleet import Fleet
from tests.hosts.image import CLERK_PASSWORD
from tests.hosts.machine import Machine

UNIT = "aiotctl-talker"
COUNTING = "n=0; while sleep 0.1; do n=$((n+1)); echo line $n; done"
FOLLOWERS = "grep -lx journalctl /proc/[0-9]*/comm"


class EnoughError(Exception):
    """So many lines were wanted."""


@pytest.fixture
def talking(dialled: Fleet) -> Iterator[Sequence[Machine]]:
    """Two machines with a service that goes on talking."""
    machines = (dialled["gw-1"], dialled["gw-2"])
    for machine in machines:
        machine.run(f"systemd-run --unit={UNIT} sh -c '{COUNTING}'").ok()
    yield machines
    for machine in machines:
        machine.run(f"systemctl stop {UNIT}").ok()


def followed(journals: Sequence[Journal], enough: int) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []

    def tell(number: int, line: str) -> None:
        found.append((number, line))
        if len(found) == enough:
            raise EnoughError

    with suppress(EnoughError):
        follow(journals, 1, tell)
    return found


def test_what_comes_is_told_line_by_line(talking: Sequence[Machine]) -> None:
    found = followed([Journal(machine.place(), "talker") for machine in talking], 30)
    for number, machine in enumerate(talking):
        lines = [line for of, line in found if of == number and line.startswith("line ")]
        counts = [int(line.removeprefix("line ")) for line in lines]
        assert counts == list(range(counts[0], counts[0] + len(counts))), "each line once, none left out"
        assert len(counts) >= 5
        deadline = time.monotonic() + 10
        while machine.run(FOLLOWERS).out and time.monotonic() < deadline:
            time.sleep(0.1)
        assert machine.run(FOLLOWERS).out == "", "nothing is left running there"


def test_sudo_asks_for_a_password(talking: Sequence[Machine]) -> None:
    clerk = talking[0].place(user="clerk")
    knowing, guessing = Journal(clerk, "talker", CLERK_PASSWORD), Journal(clerk, "talker")
    assert followed([knowing], 3)[-1][1].startswith("line ")
    text, refused = last([knowing, guessing], 5)
    assert "line " in str(text)
    assert isinstance(refused, AiotctlError)
    assert refused.diagnostics[0].code == "host-sudo-password"
    (end,) = follow([guessing], 5, lambda *_: None)
    assert end is not None
    assert end.diagnostics[0].code == "host-sudo-password"


def test_one_machine_that_is_away_takes_nothing_from_the_others(talking: Sequence[Machine]) -> None:
    here, away = talking[0].place(), replace(talking[1].place(), port=9)
    text, lost = last([Journal(here, "talker"), Journal(away, "talker")], 3)
    assert len(str(text).splitlines()) == 3
    assert isinstance(lost, AiotctlError)
    assert lost.diagnostics[0].code == "host-unreachable"
