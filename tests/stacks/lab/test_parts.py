"""Parts of the lab that need no container."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from stacks.lab.machines import child
from stacks.lab.machines.failure import LabError
from stacks.lab.machines.network import address_for
from stacks.lab.provider.bucket import lifetime

ROOT = Path(__file__).parents[3]
CIDR = "10.91.0.0/24"


def test_a_name_keeps_its_address_and_no_two_have_the_same() -> None:
    names = [f"plant-{number}.gw-1" for number in range(245)]
    taken: dict[str, str] = {}
    for name in names:
        taken[name] = address_for(name, CIDR, taken.values())
    assert len(set(taken.values())) == 245
    for name in names[:20]:
        assert address_for(name, CIDR, set(taken.values()) - {taken[name]}) == taken[name]
    assert not {"10.91.0.0", "10.91.0.1", "10.91.0.255"} & set(taken.values())
    with pytest.raises(LabError, match="no address left for one-more"):
        address_for("one-more", CIDR, taken.values())


@pytest.mark.parametrize(
    ("days", "written"),
    [(0, ""), (1, "1d"), (255, "255d"), (256, "37w"), (400, "58w"), (1825, "59M"), (36_500, "100y")],
)
def test_lifetimes_are_never_shorter_than_asked_for(days: int, written: str) -> None:
    assert lifetime(days) == written


def test_a_lifetime_that_cannot_be_is_refused() -> None:
    with pytest.raises(LabError, match="cannot be kept for 100000 days"):
        lifetime(100_000)


def test_what_fails_is_told_by_name_with_its_last_words() -> None:
    with pytest.raises(LabError, match="the thing failed: no, not so"):
        child.run(["sh", "-c", "echo no, not so >&2; exit 3"], timeout=10, name="the thing")
    with pytest.raises(LabError, match="sleep did not end within 0 s"):
        child.run(["sleep", "10"], timeout=0.1)


def test_cancelled_work_ends_what_takes_long_and_begins_nothing_more() -> None:
    """In a process of its own: who is cancelled stays so."""
    program = """
import threading
from stacks.lab.machines import child
from stacks.lab.machines.failure import CancelledError
threading.Timer(0.3, child.cancel).start()
for work in (lambda: child.run(["sleep", "60"], timeout=90, long=True), child.go_on, lambda: child.pause(60)):
    try:
        work()
    except CancelledError as error:
        print(error)
"""
    started = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ran.stdout == "stopped, as asked\n" * 3, ran.stderr
    assert time.monotonic() - started < 30


def test_who_is_not_root_is_told_what_to_do() -> None:
    program = "from stacks.lab.machines.space import missing; print(missing())"
    words = ["/usr/bin/python3", "-c", program]
    if subprocess.run(["id", "-u"], capture_output=True, check=True).stdout == b"0\n":
        words = ["setpriv", "--reuid=65534", "--clear-groups", *words]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "which only root can start: run the same as root" in ran.stdout, ran.stderr
