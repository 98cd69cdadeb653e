"""The brokers as they are emitted: who comes in, and what each client may do there."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
import warnings
from collections.abc import Callable, Iterator

import pytest

from aiotctl.model import names
from tests.integration.secured.clients import Client, until
from tests.integration.secured.machines import DAY, Authority, Machines

HUB = "host/hub-1/service/mosquitto"
EDGE = "host/plant-a/gw-1/service/mosquitto"
OTHER_EDGE = "host/plant-b/gw-1/service/mosquitto"
OWN, OTHER = "gateway.plant-a.gw-1", "gateway.plant-b.gw-1"


@pytest.fixture(scope="module")
def brokers(machines: Machines) -> Machines:
    machines.install("host/hub-1", "host/plant-a/gw-1", "host/plant-b/gw-1")
    for address in (HUB, EDGE, OTHER_EDGE):
        machines.start(address)
    return machines


@pytest.fixture
def client(brokers: Machines) -> Iterator[Callable[..., Client]]:
    """A client by the name in its certificate, at a broker."""
    made: list[Client] = []

    def connected(name: str, broker: str = HUB, listener: str = "mqtt", **changes: object) -> Client:
        given: dict[str, object] = {"tls": brokers.tls(name)} | changes
        one = Client(brokers.port(broker, listener), f"test-{len(made)}", **given).connect()  # type: ignore[arg-type]
        made.append(one)
        return one

    yield connected
    for one in made:
        one.close()


def arrives(listener: Client, sender: Client, topic: str, within_s: float = 0.5) -> bool:
    """Whether what one publishes comes to the other. Who publishes what it may not is thrown out."""
    payload = f"{topic} {time.monotonic_ns()}".encode()
    with contextlib.suppress(RuntimeError):
        sender.publish(topic, payload, within_s)
    return until(lambda: (topic, payload) in listener.heard, within_s)


def test_a_gateway_publishes_its_own_topic_and_no_other(client: Callable[..., Client]) -> None:
    writer = client("hub-writer").subscribe("site/+/+")
    assert arrives(writer, client(OWN), "site/plant-a/gw-1", 5)
    for topic in ("site/plant-b/gw-1", "site/plant-a/gw-2", "site/plant-a/gw-1/more", "site/plant-a"):
        assert not arrives(writer, client(OWN), topic), topic


@pytest.mark.parametrize(
    "topic", ["#", "site/#", "site/+/+", "site/plant-b/gw-1", "site/plant-a/gw-1", "$SYS/#"]
)
def test_a_gateway_hears_nothing_at_the_hub(client: Callable[..., Client], topic: str) -> None:
    spy = client(OWN).subscribe(topic)
    client(OTHER).publish("site/plant-b/gw-1", b"secret")
    client(OWN).publish("site/plant-a/gw-1", b"secret")
    time.sleep(0.5)
    assert spy.heard == []


def test_the_writer_publishes_nothing(client: Callable[..., Client]) -> None:
    writer = client("hub-writer").subscribe("site/+/+")
    assert not arrives(writer, writer, "site/plant-a/gw-1")


@pytest.mark.parametrize("broker", [HUB, EDGE])
def test_a_name_that_nobody_knows_may_do_nothing(client: Callable[..., Client], broker: str) -> None:
    stranger = client("somebody", broker).subscribe("#")
    assert not arrives(stranger, stranger, "site/plant-a/gw-1")


def test_another_gateway_may_do_nothing_at_a_gateway(client: Callable[..., Client]) -> None:
    other = client(OTHER, EDGE).subscribe("#")
    assert not arrives(other, other, "site/plant-a/gw-1")
    assert not arrives(other, other, "site/plant-b/gw-1")


@pytest.mark.parametrize("broker", [HUB, EDGE])
def test_nobody_comes_in_without_a_certificate(brokers: Machines, broker: str) -> None:
    context = ssl.create_default_context(cafile=str(brokers.files_of("nobody")[0]))
    for tls, user in (
        (context, None),
        (context, ("hub-writer", "guessed")),
        (None, ("hub-writer", "guessed")),
    ):
        refused = Client(brokers.port(broker, "mqtt"), "anonymous", tls, user).connect()
        refused.close()
        assert refused.refusal


@pytest.mark.parametrize("broker", [HUB, EDGE])
def test_wrong_certificates_are_refused(brokers: Machines, broker: str) -> None:
    expired, _ = brokers.authority.sign(OWN, ends=-60)
    foreign, _ = Authority().sign(OWN)
    server, _ = brokers.authority.sign(OWN, ("127.0.0.1",))
    for pair in (expired, foreign, server):
        refused = Client(brokers.port(broker, "mqtt"), "wrong", brokers.tls(OWN, pair)).connect()
        refused.close()
        assert refused.refusal


def test_a_revoked_certificate_is_refused_once_the_list_is_delivered(brokers: Machines) -> None:
    pair, serial = brokers.authority.sign(OWN, ends=DAY)
    known = Client(brokers.port(HUB, "mqtt"), "revoked", brokers.tls(OWN, pair)).connect()
    known.close()
    assert known.refusal == ""
    brokers.secrets[names.CRL] = brokers.authority.revocations((serial,))
    brokers.write(brokers.host("host/hub-1"))
    brokers.stop(HUB)
    brokers.start(HUB)
    refused = Client(brokers.port(HUB, "mqtt"), "revoked", brokers.tls(OWN, pair)).connect()
    refused.close()
    assert refused.refusal


@pytest.mark.parametrize("broker", [HUB, EDGE])
def test_old_tls_is_refused(brokers: Machines, broker: str) -> None:
    context = brokers.tls(OWN)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it is old, which is the point
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", brokers.port(broker, "mqtt")), 5) as raw,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(raw, server_hostname="127.0.0.1")


def password(brokers: Machines, device: str) -> str:
    return brokers.secrets[names.broker_secret(device)]


def test_a_device_without_certificates_publishes_its_own_topics_to_its_gateway(
    brokers: Machines, client: Callable[..., Client]
) -> None:
    collector = client(OWN, EDGE).subscribe("sensors/vib-1/vibration")
    user = ("device.plant-a.vib-1", password(brokers, "device.plant-a.vib-1"))
    device = client("device", EDGE, "devices", tls=None, user=user).subscribe("#")
    assert device.refusal == ""
    assert arrives(collector, device, "sensors/vib-1/vibration", 5)
    assert device.heard == []
    listening = client(OWN, EDGE).subscribe("#")
    for topic in ("sensors/vib-2/vibration", "site/plant-a/gw-1", "sensors/vib-1"):
        assert not arrives(listening, client("device", EDGE, "devices", tls=None, user=user), topic), topic


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("device.plant-a.vib-1", "guessed"),
        ("device.plant-a.vib-1", ""),
        ("device.plant-b.vib-2", "device.plant-b.vib-2"),
        (OWN, "anything"),
        ("", ""),
    ],
)
def test_a_device_needs_its_own_password(brokers: Machines, name: str, secret: str) -> None:
    known = names.broker_secret(secret) in brokers.secrets
    user = (name, password(brokers, secret) if known else secret) if name else None
    refused = Client(brokers.port(EDGE, "devices"), "device", None, user).connect()
    refused.close()
    assert refused.refusal


def test_no_password_stands_in_a_file(brokers: Machines) -> None:
    secret = password(brokers, "device.plant-a.vib-1")
    for path in brokers.root("host/plant-a/gw-1").rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path
