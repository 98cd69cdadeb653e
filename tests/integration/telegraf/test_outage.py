"""The gateway's way to the broker: what comes while the broker is away leaves when it is back."""

from __future__ import annotations

import re
import signal
import time
from typing import Any

import pytest

from aiotctl.catalog.protocols.mqtt.read import MqttRead
from aiotctl.catalog.protocols.opcua.read import OpcUaRead
from aiotctl.model.blueprint import PointType, ValueType


class Writer:
    """Hears what the gateway publishes, as the hub's collector does."""

    def __init__(self, broker: Any) -> None:
        self.payloads: list[bytes] = []
        self.client = broker.client("hub-writer", "hub-writer")
        self.client.on_message = lambda _c, _u, message: self.payloads.append(message.payload)
        self.client.subscribe("site/+/+", 1)
        self.client.on_connect = lambda c, *_: c.subscribe("site/+/+", 1)
        self.client.reconnect_delay_set(1, 1)

    def values(self) -> set[int]:
        return {int(n) for n in re.findall(rb"[ ,]i=(\d+)i", b"".join(self.payloads))}

    def wait(self, wanted: set[int], seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if wanted <= self.values():
                return
            time.sleep(0.1)
        raise AssertionError(f"missing: {sorted(wanted - self.values())[:20]}")


def counter(rig: Any, name: str) -> None:
    read = MqttRead("count/{device}", "n", data_type="integer")
    rig.add(name, [PointType("n", read, ValueType.INTEGER)], None, protocol="mqtt")


def start(rig: Any) -> None:
    rig.start(keep_output=True)
    rig.wait(lambda _: "Connected" in rig.log())
    time.sleep(0.3)


@pytest.mark.parametrize("way", ["killed", "frozen"])
def test_a_broker_that_is_away_costs_nothing(rig, broker, way):
    """The broker killed, or hanging with its connections open, for some seconds while values come."""
    counter(rig, "s-1")
    broker.start()
    writer = Writer(broker)
    start(rig)
    device = broker.client("device.plant-a.s-1")
    device.reconnect_delay_set(1, 1)
    sent = 0
    for until, act in ((1.5, "stop"), (4.5, "start"), (6.0, "")):
        while sent * 0.02 < until:
            device.publish("count/s-1", f'{{"n": {sent}}}', 1)
            sent += 1
            time.sleep(0.02)
        if act == "stop":
            broker.process.send_signal(signal.SIGSTOP) if way == "frozen" else broker.kill()
        elif act == "start":
            broker.process.send_signal(signal.SIGCONT) if way == "frozen" else broker.start()
    writer.wait(set(range(sent)))


def test_a_gateway_killed_with_values_on_hand_loses_none_of_a_publishing_device(rig, broker):
    """A message is acknowledged only when its values were; what a killed collector held comes again."""
    counter(rig, "s-1")
    broker.start()
    start(rig)
    rig.process.send_signal(signal.SIGSTOP)  # takes nothing from here on, and is killed as it is
    device = broker.client("device.plant-a.s-1")
    for n in range(20):
        device.publish("count/s-1", f'{{"n": {n}}}', 1).wait_for_publish(5)
    rig.process.kill()
    rig.process.wait(5)
    writer = Writer(broker)
    start(rig)
    device.publish("count/s-1", '{"n": 20}', 1).wait_for_publish(5)
    writer.wait(set(range(21)), 20)


def test_a_broker_that_is_down_at_the_start_is_waited_for(rig, broker):
    """MQTT 1: the output ends the agent after 15 s; started again by its runtime, it is there when the
    broker is.
    """
    counter(rig, "s-1")
    broker.start()
    broker.kill()
    rig.start(keep_output=True)
    assert rig.process.wait(20) == 1
    broker.start()
    writer = Writer(broker)
    start(rig)
    broker.client("device.plant-a.s-1").publish("count/s-1", '{"n": 1}', 1).wait_for_publish(5)
    writer.wait({1})


def test_a_security_policy_that_telegraf_cannot_name_is_refused(rig):
    """OPC UA 2: it would end the whole agent at its start, with all other inputs."""
    from aiotctl.catalog.protocols.opcua.read import OpcUaDevice
    from aiotctl.errors import AiotctlError

    point = PointType("p", OpcUaRead("s", "p", namespace_index=2), ValueType.FLOAT)
    settings = OpcUaDevice(policy="Aes256_Sha256_RsaPss", mode="SignAndEncrypt")
    rig.add("c", [point], "opc.tcp://127.0.0.1:1/x", settings=settings)
    with pytest.raises(AiotctlError, match="security-policy"):
        rig.files()
