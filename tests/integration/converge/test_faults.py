"""Converging after kills: of services, of supervisord, of converge itself at any moment."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from .rig import Rig, actions, drift, until

CONVERGE = (
    "import json, sys; from aiotctl.agents.converge.entry import answer;"
    "given = json.load(sys.stdin);"
    "sys.exit(json.dumps(answer(json.dumps(given['manifest']), absent=given['absent'], purge_data=True)))"
)
ROUNDS = 100 if os.environ.get("AIOTCTL_SOAK") else 12


def assert_settled(rig: Rig) -> None:
    """Everything is as wanted, each service runs once, and nothing is left over."""
    assert not actions(rig.check())
    found = rig.processes()
    assert set(found.mains) == {"nats", "web"}
    assert not found.strays
    assert {name: len(group) for name, group in found.members.items()} == {"nats": 1, "web": 1}
    assert not rig.lines("doubles")


@pytest.mark.parametrize("service", ["nats", "web"])
def test_a_killed_service_comes_back(rig: Rig, service: str) -> None:
    rig.apply()
    for _ in range(2):
        before = rig.pid(service)
        os.kill(before, signal.SIGKILL)
        until(
            lambda before=before: (
                rig.processes().mains.get(service, before) != before and not actions(rig.check())
            )
        )
    assert_settled(rig)


def test_a_service_that_cannot_run_yet_is_tried_until_it_can(rig: Rig) -> None:
    rig.apply()
    script = rig.root / "etc/web.py"
    good = script.read_text()
    script.write_text("raise SystemExit('its dependency is away')")
    os.kill(rig.pid("web"), signal.SIGKILL)
    time.sleep(4)
    script.write_text(good)
    rig.await_ok(9)
    assert (rig.root / "logs/web.log").read_text().count("away") < 12


def test_a_killed_supervisord_is_repaired_without_doubles(rig: Rig) -> None:
    rig.apply()
    supervisor = rig.processes().supervisor
    assert supervisor
    os.kill(supervisor.pid, signal.SIGKILL)
    until(lambda: rig.processes().supervisor is None)
    found = drift(rig.check())
    assert "supervisord does not run" in found["service nats"]
    assert "left over" in found["service nats"]
    rig.apply()
    assert_settled(rig)


def test_a_supervisord_that_lost_its_socket_is_replaced(rig: Rig) -> None:
    rig.apply()
    (rig.root / "run/supervisor.sock").unlink()
    assert "supervisord" in drift(rig.check())["service web"]
    rig.apply()
    assert_settled(rig)


def test_all_killed_as_after_a_reboot(rig: Rig) -> None:
    rig.apply()
    processes = rig.processes()
    assert processes.supervisor
    os.kill(processes.supervisor.pid, signal.SIGKILL)
    for process in processes.all:
        if process is not processes.supervisor:
            os.kill(process.pid, signal.SIGKILL)
    until(lambda: not rig.processes().all)
    rig.apply()
    assert_settled(rig)


def test_a_hanging_service_is_killed_after_its_time(rig: Rig) -> None:
    rig.apply()
    rig.web["stop_seconds"] = 1
    rig.apply()
    os.kill(rig.pid("web"), signal.SIGSTOP)
    began = time.monotonic()
    rig.web["environment"] = {"ANSWER": "second"}
    rig.apply()
    assert 0.9 < time.monotonic() - began < 6
    assert_settled(rig)


def test_children_of_a_killed_service_are_left_over_and_go(rig: Rig) -> None:
    script = "import subprocess, sys; subprocess.run(['sleep', '600'])"
    rig.wanted["services"].append({"name": "parent", "command": [sys.executable, "-c", script]})
    rig.apply()
    until(lambda: len(rig.processes().members["parent"]) == 2)
    time.sleep(0.05)  # the clock of process starts ticks in hundredths of a second
    os.kill(rig.pid("parent"), signal.SIGKILL)
    until(lambda: len(rig.processes().members["parent"]) == 3)
    assert "left over" in drift(rig.check())["service parent"]
    rig.apply()
    until(lambda: len(rig.processes().members["parent"]) == 2)
    assert not rig.processes().strays


def test_destroy_after_supervisord_was_killed(rig: Rig) -> None:
    rig.apply()
    supervisor = rig.processes().supervisor
    assert supervisor
    os.kill(supervisor.pid, signal.SIGKILL)
    rig.destroy(purge_data=True)
    assert not rig.processes().all
    assert list(rig.place.iterdir()) == []


def test_destroy_without_a_record_still_stops_what_runs(rig: Rig) -> None:
    rig.apply()
    (rig.root / "manifest.json").unlink()
    rig.destroy(purge_data=True)
    assert not rig.processes().all
    assert not (rig.root / "run").exists()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("absent", [pytest.param(False, id="converge"), pytest.param(True, id="destroy")])
def test_killed_at_any_moment_the_next_run_converges(rig: Rig, absent: bool) -> None:
    """The moments are spread evenly over a whole run, in an order that the seed fixes."""
    rig.apply()
    rig.web["environment"] = {"ANSWER": "before"}
    began = time.monotonic()
    assert run_and_kill(rig, absent, 60) == "finished"
    moments = [(time.monotonic() - began) * n / ROUNDS for n in range(ROUNDS)]
    random.Random(20261123).shuffle(moments)
    ends: Counter[str] = Counter()
    for number, moment in enumerate(moments):
        if absent:
            rig.apply()
        rig.web["environment"] = {"ANSWER": str(number)}
        rig.file("etc/nats.conf")["content"] = f"listen: 127.0.0.1:{rig.nats_port}\n# {number}\n"
        ends[run_and_kill(rig, absent, moment)] += 1
        if absent:
            rig.destroy(purge_data=True)
            assert not rig.processes().all
            assert list(rig.place.iterdir()) == []
        else:
            assert not rig.apply().failures
            assert_settled(rig)
    print(f"of {ROUNDS} runs: {dict(ends)}")
    assert ends["killed"] > ROUNDS / 2


def run_and_kill(rig: Rig, absent: bool, after: float) -> str:
    """Runs converge in a process of its own, kills it after some seconds; tells how it ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", CONVERGE], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin
    json.dump({"manifest": rig.wanted, "absent": absent}, process.stdin)
    process.stdin.close()
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
    return "killed" if process.wait() == -signal.SIGKILL else "finished"
