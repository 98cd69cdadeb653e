"""Ctrl-C, SIGTERM and two applies at once, on the real command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from .conftest import leave_nothing, made
from .laptop import ENVIRONMENT, Laptop, until

QUICKLY_S = 6.0
"""A second Ctrl-C ends the command, with all that it started, within this."""


@pytest.fixture(scope="module")
def laptop(programs: None) -> Iterator[Laptop]:
    """A press shop that each test applies anew."""
    with made("press-shop") as project:
        yield project


def started(laptop: Laptop) -> subprocess.Popen[str]:
    """An apply under way: it has begun with a unit, whatever an earlier one has left in the journal."""
    before = journal(laptop)
    process = laptop.start("apply", "--env", ENVIRONMENT, "--yes")
    until(lambda: "unit-start" in journal(laptop).removeprefix(before), 60, "an apply under way")
    return process


def journal(laptop: Laptop) -> str:
    path = laptop.state / "journal.ndjson"
    return path.read_text() if path.exists() else ""


def states(laptop: Laptop) -> dict[str, str]:
    return {address: unit.state for address, unit in laptop.record.units.items()}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_the_first_signal_waits_for_what_is_under_way(laptop: Laptop, number: int, code: int) -> None:
    process = started(laptop)
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, out + err
    assert "Stopping after what is under way" in err
    assert "To go on from here: aiotctl apply" in out
    assert "Traceback" not in out + err
    assert not (laptop.state / "lock.json").exists()
    assert laptop.orphans() == []
    # What was under way is done and known; what was not begun is not there.
    assert set(states(laptop).values()) == {"applied"}
    assert {service.split("/")[0] for service in laptop.services()} == {"hub"}
    leave_nothing(laptop)


def test_the_second_ctrl_c_ends_at_once_and_the_next_of_two_applies_goes_on(laptop: Laptop) -> None:
    process = started(laptop)
    until(lambda: laptop.services() != {}, 60, "a service runs")
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    began = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    seconds = time.monotonic() - began
    assert process.returncode == 130, out + err
    assert "Traceback" not in out + err
    assert seconds < QUICKLY_S
    assert laptop.orphans() == []
    assert not (laptop.state / "lock.json").exists()
    assert "unknown" in states(laptop).values()
    assert list(laptop.temporary.glob("aiotctl-ansible-*")) == []
    print(f"the second Ctrl-C ended the command in {seconds:.1f} s")
    one_of_two_is_refused(laptop)
    assert set(states(laptop).values()) == {"applied"}
    assert laptop.strays() == []
    laptop.wait_flowing()
    leave_nothing(laptop)


def one_of_two_is_refused(laptop: Laptop) -> None:
    """Two at once: the second is told who holds the lock; a third that may wait finds all done."""
    process = started(laptop)
    holder = json.loads((laptop.state / "lock.json").read_text())["holder"]
    second = laptop.apply()
    assert second.code == 6, second.out + second.err
    assert holder["id"] in second.err and holder["who"] in second.err
    assert f"process {process.pid}" in second.err and "aiotctl unlock" in second.err
    serial = laptop.record.serial
    third = laptop.run("apply", "--env", ENVIRONMENT, "--yes", "--lock-timeout", "60s").ok()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert laptop.record.serial > serial
    assert "Applied" not in third.out
