"""From a gateway to the hub: nothing is lost, whatever is killed; beyond the limit the oldest go."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from aiotctl.agents.forward.telling import METRIC
from tests.integration.secured.clients import Client, until
from tests.integration.secured.machines import Machines

HUB = "host/hub-1/service/mosquitto"
EDGE = "host/plant-a/gw-1/service/mosquitto"
FORWARD = "host/plant-a/gw-1/service/forward"
TOPIC = "site/plant-a/gw-1"
GATEWAY = "gateway.plant-a.gw-1"


@pytest.fixture
def running(machines: Machines) -> Iterator[Machines]:
    """Both brokers and the forwarder; what a test stopped is started again."""
    if not machines.outputs:
        machines.install("host/hub-1", "host/plant-a/gw-1")
    for address in (HUB, EDGE, FORWARD):
        if address not in machines.running:
            machines.start(address)
    log = machines.log(FORWARD)
    assert until(lambda: machines.log(FORWARD).count("is connected") >= 2), log
    yield machines


@pytest.fixture
def collector(running: Machines) -> Iterator[Client]:
    client = Client(running.port(EDGE, "mqtt"), "collector", running.tls(GATEWAY)).connect()
    assert client.refusal == ""
    yield client
    client.close()


@pytest.fixture
def writer(running: Machines) -> Iterator[Client]:
    """The hub's collector: its session outlives connections."""
    client = Client(running.port(HUB, "mqtt"), "hub-writer", running.tls("hub-writer"), keep=True).connect()
    assert client.refusal == ""
    client.subscribe("site/+/+")
    yield client
    client.close()


def numbers(client: Client) -> list[int]:
    heard = (payload for _, payload in list(client.heard) if not payload.startswith(METRIC.encode()))
    return [int(payload.split(b":")[0]) for payload in heard]


def last_told(client: Client) -> str:
    """What the forwarder last said of its journal."""
    told = [payload.decode() for _, payload in list(client.heard) if payload.startswith(METRIC.encode())]
    return told[-1] if told else ""


def send(client: Client, first: int, count: int, size: int = 50) -> range:
    for number in range(first, first + count):
        client.publish(TOPIC, f"{number}:".encode().ljust(size, b"x") + b"\n")
    return range(first, first + count)


def all_there(client: Client, wanted: range, within_s: float = 30) -> bool:
    return until(lambda: set(wanted) <= set(numbers(client)), within_s)


def test_messages_arrive_in_order(writer: Client, collector: Client) -> None:
    wanted = send(collector, 1000, 50)
    assert all_there(writer, wanted, 5)
    assert [n for n in numbers(writer) if n in wanted] == list(wanted)


def test_an_outage_of_the_hub_loses_nothing(running: Machines, writer: Client, collector: Client) -> None:
    running.stop(HUB)
    wanted = send(collector, 2000, 300)
    running.start(HUB)
    assert all_there(writer, wanted, 60)


@pytest.mark.parametrize("victim", [HUB, EDGE, FORWARD])
def test_a_kill_in_the_middle_loses_nothing(
    running: Machines, writer: Client, collector: Client, victim: str
) -> None:
    first = {HUB: 10_000, EDGE: 20_000, FORWARD: 30_000}[victim]
    wanted = list(send(collector, first, 100))
    running.kill(victim)
    if victim != EDGE:
        wanted += send(collector, first + 100, 50)
    running.start(victim)
    if victim == EDGE:
        assert until(lambda: collector.client.is_connected(), 20)
    wanted += send(collector, first + 200, 50)
    assert until(lambda: set(wanted) <= set(numbers(writer)), 60), sorted(set(wanted) - set(numbers(writer)))[
        :20
    ]


def test_kills_of_hub_and_forwarder_while_nobody_takes_from_the_hub(
    running: Machines, writer: Client, collector: Client
) -> None:
    """The database is away: everything waits in the hub's broker, which is killed before it has saved."""
    writer.close()
    wanted: list[int] = []
    for first in (40_000, 41_000, 42_000):
        wanted += send(collector, first, 60)
        assert until(lambda: _delivered(running), 20)
        running.kill(HUB)  # the last messages were acknowledged, and are not on its disk
        running.start(HUB)
    running.kill(FORWARD)
    running.start(FORWARD)
    back = Client(running.port(HUB, "mqtt"), "hub-writer", running.tls("hub-writer"), keep=True).connect()
    back.subscribe("site/+/+")
    try:
        assert until(lambda: set(wanted) <= set(numbers(back)), 60), sorted(set(wanted) - set(numbers(back)))[
            :20
        ]
    finally:
        back.close()


def _delivered(running: Machines) -> bool:
    file = running.root("host/plant-a/gw-1") / "data/forward/progress.json"
    return json.loads(file.read_text())["held_messages"] == 0


@contextmanager
def limited(running: Machines) -> Generator[dict[str, int]]:
    """A forwarder whose journal may take a megabyte; gives what it had dropped before."""
    root = running.root("host/plant-a/gw-1")
    config = root / "forward" / "forward.json"
    written = config.read_text()
    running.stop(FORWARD)
    config.write_text(json.dumps(json.loads(written) | {"limit": 1_000_000}))
    running.start(FORWARD)
    try:
        yield progress(running)
    finally:
        config.write_text(written)
        running.stop(FORWARD)


def progress(running: Machines) -> dict[str, int]:
    """What the forwarder wrote down of its journal."""
    return json.loads((running.root("host/plant-a/gw-1") / "data/forward/progress.json").read_text())


def test_beyond_the_limit_the_oldest_go_and_are_counted(
    running: Machines, writer: Client, collector: Client
) -> None:
    with limited(running) as before:
        running.stop(HUB)
        wanted = send(collector, 50_000, 150, size=20_000)  # three times the limit
        assert until(lambda: progress(running)["dropped_messages"] > 0)
        assert until(lambda: progress(running)["held_bytes"] < 1_100_000)
        running.start(HUB)
        assert until(lambda: wanted[-1] in numbers(writer), 60)
        time.sleep(1)
        stored = sorted({n for n in numbers(writer) if n in wanted})
        told = progress(running)
        dropped = told["dropped_messages"] - before["dropped_messages"]
        assert stored == list(range(stored[0], wanted[-1] + 1))  # the newest, without a gap
        assert len(wanted) - len(stored) == dropped
        assert told["dropped_values"] - before["dropped_values"] == dropped
        assert 40 <= len(stored) <= 55
        wish = f"dropped_values={told['dropped_values']}i"
        assert until(lambda: wish in last_told(writer)), last_told(writer)


def test_what_was_dropped_on_its_way_and_arrives_is_not_counted(
    running: Machines, writer: Client, collector: Client
) -> None:
    with limited(running) as before:
        assert until(lambda: running.log(FORWARD).count("the hub's broker is connected") >= 1)
        send(collector, 60_000, 1)
        assert all_there(writer, range(60_000, 60_001))
        running.running[HUB].send_signal(signal.SIGSTOP)  # the connection hangs, and takes what it can hold
        try:
            wanted = send(collector, 60_001, 80, size=20_000)
            assert until(lambda: progress(running)["dropped_messages"] > before["dropped_messages"])
        finally:
            running.running[HUB].send_signal(signal.SIGCONT)
        assert until(lambda: wanted[-1] in numbers(writer), 60)
        lost = len(set(wanted) - set(numbers(writer)))
        assert until(lambda: progress(running)["dropped_messages"] - before["dropped_messages"] == lost), (
            lost,
            progress(running),
            before,
        )
