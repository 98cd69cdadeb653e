"""MQTT traps: messages as devices send them, through the compiled broker with its users and rights."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from decimal import Decimal
from typing import Any

from aiotctl.catalog.protocols.mqtt.read import MqttDevice, MqttRead, Timestamp
from aiotctl.model.blueprint import PointType, ValueType
from aiotctl.model.quality import Quality

F, N, D, T, B = ValueType.FLOAT, ValueType.INTEGER, ValueType.DECIMAL, ValueType.TEXT, ValueType.BOOLEAN


def point(
    name: str, kind: ValueType, path: str = "", topic: str = "sensors/{device}/data", **more: Any
) -> PointType:
    read = {k: more.pop(k) for k in list(more) if k in MqttRead.__dataclass_fields__}
    return PointType(name, MqttRead(topic, path, **read), kind, **more)


def add(rig: Any, name: str, *points: PointType) -> None:
    rig.add(name, points, None, protocol="mqtt")


def start(rig: Any, broker: Any) -> None:
    broker.start()
    rig.start()
    deadline = time.monotonic() + 10
    while "Connected" not in rig.log() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)  # the subscription follows the connection


def told(found: dict[str, list[Any]], count: int = 1) -> dict[str, Any]:
    return {name: (values[count - 1].value, values[count - 1].quality) for name, values in found.items()}


def test_one_bad_field_costs_no_other_value(rig, broker, named, coming):
    """MQTT 2, 3: missing and wrong fields stand alone, 64-bit integers keep every digit, dots in keys are
    keys.
    """
    add(
        rig,
        "s-1",
        point("rms", F, "rms", range=(Decimal(0), Decimal(50))),
        point("count", N, "count"),
        point("total", D, "total"),
        point("dotted", F, r"a\.b"),
        point("element", F, "list.1"),
        point("nested", T, "a.b.c"),
        point("missing", F, "nothing.here"),
        point("needed", F, "not.there", optional=False),
        point("empty", F, "null"),
        point("wrong", F, "text"),
        point("quoted", F, "quoted"),
        point("counted", N, "counted"),
        point("on", B, "on"),
        point("running", B, "running"),
        point("huge", N, "huge"),
    )
    start(rig, broker)
    payload = {
        "rms": 51.5,
        "count": 9007199254740993,
        "total": 18446744073709551615,
        "a.b": 1,
        "list": [1, 2.5],
        "a": {"b": {"c": 'x "quoted" \\ \u00e9'}},
        "null": None,
        "text": "12 kW",
        "quoted": " -12.50 ",
        "counted": "9007199254740993",
        "on": "ON",
        "running": True,
        "huge": 2**70,
    }
    broker.client("device.plant-a.s-1").publish("sensors/s-1/data", json.dumps(payload), 1).wait_for_publish(
        5
    )
    found = named(rig.wait(coming("s-1/huge")))
    assert told(found) == {
        "s-1/rms": (51.5, Quality.OUT_OF_RANGE),
        "s-1/count": (9007199254740993, Quality.GOOD),
        "s-1/total": ("18446744073709551615", Quality.GOOD),
        "s-1/dotted": (1.0, Quality.GOOD),
        "s-1/element": (2.5, Quality.GOOD),
        "s-1/nested": ('x "quoted" \\ \u00e9', Quality.GOOD),
        "s-1/needed": (None, Quality.NO_VALUE),
        "s-1/empty": (None, Quality.NO_VALUE),
        "s-1/wrong": (None, Quality.WRONG_TYPE),
        "s-1/quoted": (-12.5, Quality.GOOD),  # many a device writes its numbers and states as text
        "s-1/counted": (9007199254740993, Quality.GOOD),
        "s-1/on": (True, Quality.GOOD),
        "s-1/running": (True, Quality.GOOD),
        "s-1/huge": (None, Quality.WRONG_TYPE),
    }


def test_plain_payloads_are_numbers_or_bad(rig, broker, named, coming):
    """MQTT 3: ``kW 12.5``, ``12.5 kW`` and ``21,5`` are no numbers; an integer keeps its digits."""
    add(rig, "s-1", point("power", F, topic="power/{device}"), point("state", B, topic="state/{device}"))
    add(rig, "s-2", point("total", N, topic="total/{device}"), point("label", T, topic="label/{device}"))
    start(rig, broker)
    one, two = broker.client("device.plant-a.s-1"), broker.client("device.plant-a.s-2")
    power = ["12.5", "kW 12.5", "12.5 kW", "21,5", "nan", " 7 "]
    for payload in power:
        one.publish("power/s-1", payload, 1).wait_for_publish(5)
    one.publish("state/s-1", "ON", 1).wait_for_publish(5)
    two.publish("total/s-2", "9007199254740993", 1).wait_for_publish(5)
    two.publish("label/s-2", b"caf\xc3\xa9 \xff a b", 1).wait_for_publish(5)
    found = named(rig.wait(lambda vs: len(vs) >= len(power) + 3))
    assert [(v.value, v.quality) for v in found["s-1/power"]] == [
        (12.5, Quality.GOOD),
        (None, Quality.WRONG_TYPE),
        (None, Quality.WRONG_TYPE),
        (None, Quality.WRONG_TYPE),
        (None, Quality.NOT_A_NUMBER),
        (7.0, Quality.GOOD),
    ]
    assert found["s-1/state"][0].value is True
    assert found["s-2/total"][0].value == 9007199254740993
    assert found["s-2/label"][0].value == "café \ufffd a b"


def test_a_device_keeps_its_own_time(rig, broker, named, coming):
    """Times are the device's; one that makes no sense gives the arrival's, and an uncertain quality."""
    formats = {
        "ms": "unix_ms",
        "s": "unix",
        "us": "unix_us",
        "iso": "rfc3339",
        "bad": "rfc3339",
        "gone": "unix",
    }
    points = [point(n, F, "v", timestamp=Timestamp(n, form)) for n, form in formats.items()]
    add(rig, "s-1", *points)
    start(rig, broker)
    payload = {
        "v": 1,
        "ms": 1700000000123,
        "s": 1700000000.5,
        "us": 1700000000123456,
        "iso": "2023-11-14T22:13:20.25Z",
    }
    begun = time.time_ns()
    client = broker.client("device.plant-a.s-1")
    client.publish("sensors/s-1/data", json.dumps(payload | {"bad": "yesterday"}), 1).wait_for_publish(5)
    found = {name: values[0] for name, values in named(rig.wait(coming("s-1/gone"))).items()}
    assert found["s-1/ms"].time_ns == 1700000000123000000
    assert found["s-1/s"].time_ns == 1700000000500000000
    assert found["s-1/us"].time_ns == 1700000000123456000
    assert found["s-1/iso"].time_ns == 1700000000250000000
    for name in ("s-1/bad", "s-1/gone"):
        assert found[name].quality == Quality.UNCERTAIN
        assert abs(found[name].time_ns - begun) < 5e9


def test_numbers_that_json_has_not_are_told(rig, broker, named, coming):
    """NaN costs no other value of its message; so with the word as a text, and with a sentinel."""
    add(rig, "s-1", point("rms", F, "rms"), point("peak", F, "peak", no_value=("n/a",)), point("ok", F, "ok"))
    start(rig, broker)
    client = broker.client("device.plant-a.s-1")
    client.publish("sensors/s-1/data", '{"rms": NaN, "peak": -Infinity, "ok": 1}', 1).wait_for_publish(5)
    client.publish("sensors/s-1/data", '{"rms": "nan", "peak": "n/a", "ok": 2}', 1).wait_for_publish(5)
    found = named(rig.wait(coming("s-1/ok", "s-1/rms", "s-1/peak", count=2)))
    assert [v.quality for v in found["s-1/rms"]] == [Quality.NOT_A_NUMBER] * 2
    assert [v.quality for v in found["s-1/peak"]] == [Quality.NOT_A_NUMBER, Quality.NO_VALUE]
    assert [v.value for v in found["s-1/ok"]] == [1.0, 2.0]


def test_text_of_the_user_is_nothing_but_text(rig, broker, named, coming):
    """Topics, JSON paths and sentinels full of quotes, variables, comments and code stay what they are."""
    bad = """'"]\\#{x}$HOME ${PATH}@{os:key} \u0041%s{{.Name}}`é\U0001f600"""
    topic = "a'b\"c/$HOME/${PATH}/#x{device}".replace("#", "%")
    path = bad.replace("\\", "\\\\").replace(".", "\\.")
    add(
        rig,
        "s-1",
        point("value", F, path, topic=topic),
        point("empty", T, "text", topic=topic, no_value=(bad,)),
        point("told", T, "told", topic=topic),
    )
    start(rig, broker)
    payload = json.dumps({bad: 7, "text": bad, "told": bad})
    broker.client("device.plant-a.s-1").publish(
        topic.replace("{device}", "s-1"), payload, 1
    ).wait_for_publish(5)
    found = named(rig.wait(coming("s-1/told")))
    assert told(found) == {
        "s-1/value": (7.0, Quality.GOOD),
        "s-1/empty": (None, Quality.NO_VALUE),
        "s-1/told": (bad, Quality.GOOD),
    }


def test_foreign_messages_and_no_json_do_no_harm(rig, broker, named, coming):
    """MQTT 4: what is not JSON is a bad value of its device; a wildcard's foreign messages leave no trace."""
    for n in range(25):
        add(rig, f"s-{n}", point("rms", F, "rms"))
    start(rig, broker)
    assert '"sensors/+/data"' in (rig.root / "etc/telegraf.conf").read_text()
    broker.client("device.plant-a.s-3").publish("sensors/s-3/data", "no json", 1).wait_for_publish(5)
    broker.client("device.plant-a.s-4").publish("sensors/s-4/data", '{"rms": 2}', 1).wait_for_publish(5)
    found = named(rig.wait(coming("s-4/rms")))
    assert told(found) == {"s-3/rms": (None, Quality.WRONG_TYPE), "s-4/rms": (2.0, Quality.GOOD)}
    assert '"level":"ERROR"' not in rig.log()


def test_a_broker_that_is_down_at_the_start_ends_nothing(rig, broker, named, coming):
    """MQTT 1: the agent waits for its broker, and hears what came while it was away."""
    add(rig, "s-1", point("rms", F, "rms"))
    broker.start()
    rig.start()
    rig.wait(lambda _: "Connected" in rig.log())
    time.sleep(0.3)
    rig.stop()
    device = broker.client("device.plant-a.s-1")
    device.publish("sensors/s-1/data", '{"rms": 1}', 1).wait_for_publish(5)
    device.loop_stop()
    broker.kill()
    rig.start()
    time.sleep(1.5)
    assert rig.process.poll() is None
    broker.start()
    assert named(rig.wait(coming("s-1/rms"), 30))["s-1/rms"][0].value == 1.0


def test_a_broker_of_a_device_s_own_that_refuses_costs_no_other_device(rig, broker, named, coming):
    """MQTT 1: a wrong password ends an agent at its start; such a broker has an agent of its own."""
    refusing = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        with suppress(OSError):
            while True:
                client, _ = refusing.accept()
                client.recv(4096)
                client.sendall(b"\x20\x02\x00\x05")  # CONNACK, return code 5: not authorised
                client.close()

    threading.Thread(target=refuse, daemon=True).start()
    add(rig, "s-1", point("rms", F, "rms"))
    own = MqttDevice(user="$USER", password_secret="other")
    url = f"tcp://127.0.0.1:{refusing.getsockname()[1]}"
    rig.add("s-2", [point("rms", F, "rms")], url, settings=own, protocol="mqtt")
    start(rig, broker)
    assert rig.apart[0].wait(10) == 1
    assert "plant-a/s-2/" in rig.log()
    broker.client("device.plant-a.s-1").publish("sensors/s-1/data", '{"rms": 2}', 1).wait_for_publish(5)
    assert named(rig.wait(coming("s-1/rms")))["s-1/rms"][0].value == 2.0
    refusing.close()


def test_a_broker_of_a_device_s_own_is_read_with_its_user(rig, broker, named, coming):
    """Here the compiled broker stands in for it: what counts is the other agent, its user and its topics."""
    add(rig, "s-1", point("rms", F, "rms"))
    broker.start()
    own = MqttDevice(user="gateway.plant-a.gw-1", password_secret="other")
    points = [point("rms", F, "rms", topic="sensors/s-1/data")]
    rig.add("s-2", points, f"tcp://127.0.0.1:{broker.ports['mqtt']}", settings=own, protocol="mqtt")
    rig.start()
    rig.wait(lambda _: rig.log().count("Connected") == 2)
    time.sleep(0.3)
    broker.client("device.plant-a.s-1").publish("sensors/s-1/data", '{"rms": 2}', 1).wait_for_publish(5)
    found = named(rig.wait(coming("s-1/rms", "s-2/rms")))
    assert {name: len(values) for name, values in found.items()} == {"s-1/rms": 1, "s-2/rms": 1}


def test_two_gateways_and_all_clients_have_names_of_their_own(rig, broker, coming):
    """MQTT 5: nobody throws anybody off, consumer and publisher of one gateway least of all."""
    add(rig, "s-1", point("rms", F, "rms"))
    broker.start()
    rig.start(keep_output=True)
    writer = broker.client("hub-writer", "hub-writer")
    heard: list[bytes] = []
    writer.on_message = lambda _c, _u, message: heard.append(message.payload)
    writer.subscribe("site/+/+", 1)
    rig.wait(lambda _: "Connected" in rig.log())
    time.sleep(0.3)
    device = broker.client("device.plant-a.s-1")
    for n in range(30):
        device.publish("sensors/s-1/data", json.dumps({"rms": n}), 1).wait_for_publish(5)
        time.sleep(0.1)
    deadline = time.monotonic() + 5
    while b"".join(heard).count(b"f=") < 30 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert b"".join(heard).count(b"f=") == 30
    assert "connection lost" not in rig.log()
