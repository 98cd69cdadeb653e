"""The broker: everyone is who they say, may do what their rights say, and what it acknowledged it keeps."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as mqtt
import pytest

from aiotctl.catalog.brokers.nats import ENTRY
from aiotctl.model.primitives import Right

MANY = tuple(f"cold/sensor-{number}/temperature" for number in range(200))
RIGHTS = (
    Right("gateway.a.gw-2", subscribe=MANY),
    Right("hub-writer", subscribe=("site/+/+",)),
    Right("gateway.a.gw-1", publish=("site/a/gw-1",), subscribe=("sensors/vib-1/#",)),
    Right("device.a.vib-1", publish=("sensors/vib-1/v1.2/rms", "/odd//é")),
)


@pytest.fixture(scope="module")
def broker(hub, hub_context, lowered):
    hub.install(lowered(ENTRY, hub_context({"broker": ("nats", {})}, rights=RIGHTS)))
    hub.start("nats")
    return hub


@contextmanager
def client(hub, user: str, password: str | None = None, session: bool = False) -> Iterator[mqtt.Client]:
    made = mqtt.Client(
        mqtt.CallbackAPIVersion.VERSION2, client_id=user.replace(".", ":"), clean_session=not session
    )
    made.username_pw_set(user, hub.secrets[f"broker/{user}"] if password is None else password)
    answered, codes = threading.Event(), []

    def on_connect(_c, _u, _f, code, _p):
        codes.append(code)
        answered.set()

    made.on_connect = on_connect
    received = made.received = []  # type: ignore[attr-defined]
    made.on_message = lambda _c, _u, message: received.append((message.topic, message.payload))
    made.connect("127.0.0.1", hub.port("nats", "mqtt"), keepalive=30)
    made.loop_start()
    try:
        assert answered.wait(5)
        if codes[0].is_failure:
            raise PermissionError(str(codes[0]))
        yield made
    finally:
        made.disconnect()
        made.loop_stop()


def subscribe(made: mqtt.Client, topic: str) -> bool:
    """Whether the broker granted it."""
    done, granted = threading.Event(), []

    def on_subscribe(_c, _u, _mid, codes, _p):
        granted.append(not codes[0].is_failure)
        done.set()

    made.on_subscribe = on_subscribe
    made.subscribe(topic, qos=1)
    assert done.wait(5)
    return granted[0]


def publish(made: mqtt.Client, topic: str, payload: bytes) -> None:
    made.publish(topic, payload, qos=1).wait_for_publish(5)


def wait_for(made: mqtt.Client, count: int, seconds: float = 5) -> list[tuple[str, bytes]]:
    deadline = time.monotonic() + seconds
    while len(made.received) < count and time.monotonic() < deadline:  # type: ignore[attr-defined]
        time.sleep(0.01)
    return made.received  # type: ignore[attr-defined]


@pytest.mark.parametrize(("user", "password"), [("hub-writer", "wrong"), ("nobody", "x"), ("", "")])
def test_without_the_right_password_nobody_comes_in(broker, user, password):
    with pytest.raises(PermissionError), client(broker, user, password):
        pass


def test_a_batch_reaches_the_writer_and_nobody_else_may_send_it(broker):
    with client(broker, "hub-writer", session=True) as writer, client(broker, "gateway.a.gw-1") as gateway:
        assert subscribe(writer, "site/+/+")
        with client(broker, "device.a.vib-1") as device:
            publish(device, "site/a/gw-1", b"forged")
        publish(gateway, "site/b/gw-9", b"someone else's")
        publish(gateway, "site/a/gw-1", b"batch")
        assert wait_for(writer, 1) == [("site/a/gw-1", b"batch")]


def test_what_is_not_granted_cannot_be_subscribed(broker):
    with client(broker, "gateway.a.gw-1") as gateway:
        assert not subscribe(gateway, "site/+/+")
        assert not subscribe(gateway, "#")
        assert not subscribe(gateway, "$MQTT.sub.>")
        assert subscribe(gateway, "sensors/vib-1/#")
    with client(broker, "device.a.vib-1") as device:
        assert not subscribe(device, "sensors/vib-1/v1.2/rms")


def test_topics_with_dots_reach_their_subscriber(broker):
    with client(broker, "gateway.a.gw-1") as gateway, client(broker, "device.a.vib-1") as device:
        assert subscribe(gateway, "sensors/vib-1/#")
        publish(device, "sensors/vib-1/v1.2/rms", b"0.5")
        assert wait_for(gateway, 1) == [("sensors/vib-1/v1.2/rms", b"0.5")]


def test_what_was_acknowledged_survives_a_killed_broker(broker):
    with client(broker, "hub-writer", session=True) as writer:
        assert subscribe(writer, "site/+/+")
    with client(broker, "gateway.a.gw-1") as gateway:
        for number in range(200):
            publish(gateway, "site/a/gw-1", b"%d" % number)
        broker.kill("nats")
    broker.start("nats")
    with client(broker, "hub-writer", session=True) as writer:
        received = wait_for(writer, 200)
    assert sorted(int(payload) for _, payload in received) == list(range(200))


def test_a_gateway_may_listen_to_hundreds_of_devices(broker):
    with client(broker, "gateway.a.gw-2", session=True) as gateway:
        done, codes = threading.Event(), []

        def on_subscribe(_c, _u, _mid, granted, _p):
            codes.extend(granted)
            done.set()

        gateway.on_subscribe = on_subscribe
        gateway.subscribe([(topic, 1) for topic in MANY])
        assert done.wait(30)
        assert not any(code.is_failure for code in codes)
        assert len(codes) == len(MANY)


def test_a_new_client_is_let_in_by_a_reload_that_leaves_the_others_connected(broker, hub_context, lowered):
    with client(broker, "gateway.a.gw-1") as before:
        more = (*RIGHTS, Right("device.a.new", publish=("sensors/vib-1/new",)))
        broker.install(lowered(ENTRY, hub_context({"broker": ("nats", {})}, rights=more)))
        broker.running["nats"].send_signal(signal.SIGHUP)
        assert subscribe(before, "sensors/vib-1/#")
        deadline = time.monotonic() + 5
        while True:
            try:
                with client(broker, "device.a.new") as new:
                    publish(new, "sensors/vib-1/new", b"1")
                break
            except PermissionError:
                assert time.monotonic() < deadline
        assert wait_for(before, 1) == [("sensors/vib-1/new", b"1")]
        assert before.is_connected()
