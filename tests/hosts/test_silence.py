"""Where a silent series stops, on machines of their own: the part that was stopped is named."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.laptop import Laptop
from tests.hosts.fleet import Fleet
from tests.hosts.works import ENVIRONMENT

pytestmark = pytest.mark.timeout(900)

SILENT_S = 45.0
"""So long the slowest of these takes to be silent: a lost connection is noticed only after a while."""

STOPPED = {
    "the hub's broker": ("hub-1", "mosquitto", "broker", "unreachable"),
    "the hub's collector": ("hub-1", "telegraf", "writer", "not connected"),
    "the gateway's forwarder": ("gw-2", "forward", "forwarder", "not connected"),
    "the gateway's broker": ("gw-2", "mosquitto", "broker", "unreachable"),
}


def messages(works: Laptop, kind: str, *words: str) -> list[dict[str, Any]]:
    told = works.run(*words, "--env", ENVIRONMENT, "--json").out.splitlines()
    return [message for message in map(json.loads, told) if message["type"] == kind]


def stops(works: Laptop) -> set[tuple[str, str, str]]:
    """Where the series of plant-b stop."""
    series = messages(works, "series", "verify", "site/plant-b")
    found = [one["stop"] for one in series if "stop" in one and not one["pipeline"]]
    return {(one["address"], one["hop"], one["cause"]) for one in found}


@pytest.fixture(params=STOPPED)
def stopped(works: Laptop, fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[tuple[str, str, str]]:
    """A service that does not run, as the place where values stop: address, hop, cause."""
    machine, service, hop, cause = STOPPED[request.param]
    works.run("verify", "site/plant-b", "--env", ENVIRONMENT, "--wait", "90s").ok()
    fleet[machine].run(f"systemctl stop aiotctl-{service}").ok()
    host = {"hub-1": "host/hub-1", "gw-2": "host/plant-b/gw-2"}[machine]
    yield f"{host}/service/{service}", hop, cause
    fleet[machine].run(f"systemctl start aiotctl-{service}").ok()


def test_what_does_not_run_is_named(works: Laptop, stopped: tuple[str, str, str]) -> None:
    deadline = time.monotonic() + SILENT_S
    while (found := stops(works)) != {stopped}:  # the first series to be late may be called a point's matter
        assert time.monotonic() < deadline, found
        time.sleep(1)


def test_logs_are_of_every_machine(works: Laptop) -> None:
    told = works.run("logs", "telegraf", "--env", ENVIRONMENT, "--lines", "3").ok().out.splitlines()
    for where in ("hub-1", "plant-a/gw-1", "plant-b/gw-2"):
        assert len([line for line in told if line.startswith(f"{where} telegraf | ")]) == 3
    told = messages(works, "log_line", "logs", "plant-a/gw-1/service/forward")
    assert {one["service"] for one in told} == {"host/plant-a/gw-1/service/forward"}
