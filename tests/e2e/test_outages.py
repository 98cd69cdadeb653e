"""Services killed and kept away while data flow: all comes back, and what the devices sent is counted."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from aiotctl.agents.converge.process_files import SOCKET
from aiotctl.agents.converge.procfs import Process
from aiotctl.agents.converge.supervision import Supervision

from .conftest import made
from .counting import INTERVALS_S, POLLED, Count, counted, last_stored, with_counters
from .laptop import Laptop, until

GATEWAY, SIMULATOR = "plant-a.gw-1/telegraf", "field/simulator"
SERVICES = (
    "hub/lake-export",
    "hub/maintenance",
    "hub/nats",
    "hub/postgres",
    "hub/seaweedfs",
    "hub/telegraf",
)
FLUSH_S = 0.5
"""The collector's flush interval: so long a value waits at most at the gateway."""
RESTART_S = 6.0
"""A killed service is back within this: the supervisor's pause and the program's own start."""
GAPS = """
SELECT device, extract(epoch FROM max(step))::float8 FROM (
  SELECT device, time - lag(time) OVER (PARTITION BY series ORDER BY time) AS step
  FROM aiot.value JOIN aiot.series ON id = series WHERE point = 'sequence' AND time > to_timestamp(%s)
) AS steps GROUP BY device
"""


@pytest.fixture(scope="module")
def laptop(programs: None) -> Iterator[Laptop]:
    """A press shop whose devices count."""
    with made("press-shop") as project:
        with_counters(project)
        project.apply().ok()
        project.wait_flowing()
        yield project


def killed(laptop: Laptop, service: str) -> Process:
    """Kills a service's process and gives the one that it was."""
    process = laptop.services()[service]
    os.kill(process.pid, signal.SIGKILL)
    return process


def back(laptop: Laptop, service: str, former: Process) -> float:
    """Waits until the service runs again, and gives how long that took."""

    def again() -> bool:
        return laptop.services().get(service, former).pid != former.pid

    return until(again, RESTART_S, f"{service} runs again")


def wait_more(laptop: Laptop, first: dict[str, int]) -> None:
    """Waits until each device has given away some values and they are stored."""
    until(lambda: all(last >= first[device] + 3 for device, last in last_stored(laptop).items()), 30, "flow")


def nothing_lost(what: str, counts: dict[str, Count]) -> None:
    for device, count in counts.items():
        print(f"{what}: {device} {count}")
    wrong = {device: (count.lost[:9], count.doubled[:9]) for device, count in counts.items()}
    assert wrong == dict.fromkeys(counts, ((), ()))
    assert all(count.sent > 0 for count in counts.values())


@pytest.mark.parametrize("service", SERVICES)
def test_a_killed_service_of_the_hub_comes_back_and_nothing_is_lost(laptop: Laptop, service: str) -> None:
    first = last_stored(laptop)
    seconds = back(laptop, service, killed(laptop, service))
    flowing = laptop.wait_flowing()
    print(f"{service} runs again after {seconds:.1f} s, all series flow {flowing:.1f} s later")
    wait_more(laptop, first)
    nothing_lost(service, counted(laptop, first))
    assert laptop.strays() == []


def test_a_killed_collector_leaves_a_gap_of_known_length_and_loses_no_message(laptop: Laptop) -> None:
    first, began = last_stored(laptop), time.time()
    process = killed(laptop, GATEWAY)
    back(laptop, GATEWAY, process)
    wait_more(laptop, first)
    restart = time.time() - began
    laptop.wait_flowing()
    began_waiting = time.monotonic()
    counts = counted(laptop, first, may_lose=POLLED)
    print(f"what was not acknowledged has come after {time.monotonic() - began_waiting:.1f} s")
    gaps = dict(laptop.rows(GAPS, began - 2))
    for device, count in counts.items():
        print(f"{GATEWAY}: {device} {count}, longest gap {gaps[device]:.2f} s, restart {restart:.2f} s")
        assert count.doubled == ()
    assert counts["vib-1"].lost == ()
    for device in POLLED:
        assert gaps[device] <= INTERVALS_S[device] + FLUSH_S + RESTART_S
        # What was read and had not left when it was killed: at most one flush of it.
        assert len(counts[device].lost) <= (INTERVALS_S[device] + FLUSH_S) / INTERVALS_S[device] + 1


@pytest.mark.parametrize(
    "seconds", [10, pytest.param(60, marks=[pytest.mark.soak, pytest.mark.timeout(400)])]
)
@pytest.mark.parametrize("name", ["nats", "postgres"])
def test_an_outage_costs_nothing(laptop: Laptop, name: str, seconds: float) -> None:
    supervision = Supervision(laptop.root("host/hub"), SOCKET, None)
    first = last_stored(laptop)
    killed(laptop, f"hub/{name}")

    def away() -> bool:
        supervision.stop(name, 30)
        time.sleep(1.5)  # a service that has just ended is not stopped but started again
        return f"hub/{name}" not in laptop.services()

    until(away, 30, f"{name} stays away")
    time.sleep(seconds)
    assert f"hub/{name}" not in laptop.services()
    supervision.start_service(name)
    began = time.monotonic()
    laptop.wait_flowing()
    print(f"{name} away for {seconds} s: all series flow {time.monotonic() - began:.1f} s after it is back")
    nothing_lost(f"{name} away for {seconds} s", counted(laptop, first))


def test_killed_devices_come_back_and_flow(laptop: Laptop) -> None:
    """The last of this file: their counters begin anew."""
    seconds = back(laptop, SIMULATOR, killed(laptop, SIMULATOR))
    flowing = laptop.wait_flowing()
    print(f"{SIMULATOR} runs again after {seconds:.1f} s, all series flow {flowing:.1f} s later")
