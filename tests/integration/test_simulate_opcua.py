"""Simulated OPC UA devices as asyncua's client sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.crypto.uacrypto import CertProperties

from aiotctl.stores.generators import generate
from tests.simulators.running import PASSWORD, Running, listens, start, until

PLANTS = Path(__file__).parents[1] / "simulators" / "plants"
QUOTED = 'ns=2;s=Chiller "A" / supply [1]'


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("opcua"), (PLANTS / "opcua.yaml").read_text())
    yield running
    assert running.stop() == 0


def ask(plant: Running, question: Callable[[Client], Awaitable[Any]], device: str = "chiller-1") -> Any:
    async def asking() -> Any:
        async with Client(plant.url(device), timeout=4) as client:
            return await question(client)

    return asyncio.run(asking())


def data_value(plant: Running, node: str) -> ua.DataValue:
    return ask(
        plant,
        lambda client: client.get_node(node).read_attribute(ua.AttributeIds.Value, raise_on_bad_status=False),
    )


@pytest.mark.parametrize(
    ("node", "kind", "low", "high"),
    [
        (QUOTED, "Double", -10, 40),
        ("ns=4;i=1001", "Float", 0, 10),
        ("ns=2;s=small", "SByte", -100, -90),
        ("ns=2;s=byte", "Byte", 200, 250),
        ("ns=2;s=word", "UInt16", 60000, 65000),
        ("ns=2;s=long", "Int64", 2**53 + 1, 2**53 + 1001),
        ("ns=2;s=huge", "UInt64", 2**64 - 2000, 2**64 - 1),
        ("ns=2;g=09087e75-8e5e-499b-954f-f2a9603db28a", "Int32", 1, 5),
    ],
)
def test_numbers_have_their_type(plant: Running, node: str, kind: str, low: int, high: int) -> None:
    value = data_value(plant, node)
    assert value.Value.VariantType.name == kind
    assert low <= value.Value.Value <= high
    assert value.StatusCode.is_good()
    assert abs(value.SourceTimestamp - datetime.now(UTC)) < timedelta(seconds=5)


def test_other_types(plant: Running) -> None:
    async def question(client: Client) -> list[Any]:
        space = await client.get_namespace_index("urn:acme:line/1")
        nodes = [f"ns={space};s=batch", "ns=2;b=QWJjPT0=", "ns=2;s=since", "ns=2;s=phases"]
        return [await client.get_node(node).read_value() for node in nodes]

    batch, on, since, phases = ask(plant, question)
    assert batch.startswith("LOT-")
    assert isinstance(on, bool)
    assert isinstance(since, datetime)
    assert len(phases) == 3
    assert all(220 <= phase <= 240 for phase in phases)


def test_each_device_has_a_folder(plant: Running) -> None:
    async def question(client: Client) -> list[str]:
        folder = await client.nodes.objects.get_child("1:chiller-1")
        return [(await child.read_browse_name()).Name for child in await folder.get_children()]

    assert {"supply", "state", "changes"} <= set(ask(plant, question))


def test_a_counter_counts_readings(plant: Running) -> None:
    async def question(client: Client) -> list[int]:
        return [await client.get_node("ns=2;s=counter").read_value() for _ in range(4)]

    first, *rest = ask(plant, question)
    assert rest == [first + 1, first + 2, first + 3]


class Heard:
    def __init__(self) -> None:
        self.values: list[Any] = []

    def datachange_notification(self, _node: Any, value: Any, _data: Any) -> None:
        self.values.append(value)


def test_a_subscription_tells_every_change_once(plant: Running) -> None:
    heard = Heard()

    async def question(client: Client) -> None:
        subscription = await client.create_subscription(100, heard)
        await subscription.subscribe_data_change(client.get_node("ns=2;s=sequence"))
        await asyncio.sleep(2)

    ask(plant, question)
    assert 8 <= len(heard.values) <= 12
    assert heard.values == list(range(heard.values[0], heard.values[0] + len(heard.values)))


def test_unknown_nodes(plant: Running) -> None:
    assert data_value(plant, "ns=2;s=nothing").StatusCode.name == "BadNodeIdUnknown"


async def _sealed(plant: Running, device: str, mode: str, password: str = "") -> Any:
    made = generate("opcua/test/key")
    client = Client(plant.url(device), timeout=4)
    client.application_uri = "urn:aiotctl:opcua:test"
    await client.set_security(
        SecurityPolicyBasic256Sha256,
        CertProperties(made["opcua/test/certificate"].encode(), "pem"),
        CertProperties(made["opcua/test/key"].encode(), "pem"),
        mode=getattr(ua.MessageSecurityMode, mode),
    )
    if password:
        client.set_user("operator")
        client.set_password(password)
    async with client:
        return await client.get_node("ns=2;s=value").read_value()


def test_signed_and_sealed(plant: Running) -> None:
    assert 0 <= asyncio.run(_sealed(plant, "signed", "Sign")) <= 1
    assert 0 <= asyncio.run(_sealed(plant, "sealed", "SignAndEncrypt", PASSWORD)) <= 1


@pytest.mark.parametrize("password", ["", "wrong"])
def test_the_wrong_password_is_refused(plant: Running, password: str) -> None:
    with pytest.raises(ua.UaError):
        asyncio.run(_sealed(plant, "sealed", "SignAndEncrypt", password))


def test_without_security_nothing_is_given(plant: Running) -> None:
    with pytest.raises((ua.UaError, ConnectionError)):
        ask(plant, lambda client: client.get_node("ns=2;s=value").read_value(), "signed")


def test_a_user_without_a_policy(plant: Running) -> None:
    async def named(password: str) -> Any:
        client = Client(plant.url("named"), timeout=4)
        client.set_user("operator")
        client.set_password(password)
        async with client:
            return await client.get_node("ns=2;s=value").read_value()

    assert 0 <= asyncio.run(named(PASSWORD)) <= 1
    with pytest.raises(ua.UaError):
        asyncio.run(named("wrong"))


def test_offline_and_back(plant: Running) -> None:
    where = plant.host_port("chiller-1")
    plant.fault("chiller-1", "offline")
    assert not listens(where)
    plant.fault("chiller-1")
    until(lambda: listens(where))
    assert data_value(plant, QUOTED).StatusCode.is_good()


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [("exceptions", "BadDeviceFailure", ""), ("wrong_type", "Good", "String"), ("frozen", "Good", "Double")],
)
def test_faults_of_a_value(plant: Running, fault: str, status: str, kind: str) -> None:
    plant.fault("chiller-1", fault)
    value = data_value(plant, QUOTED)
    plant.fault("chiller-1")
    assert value.StatusCode.name == status
    assert (value.Value.VariantType.name if kind else "") == kind


def test_faulty_numbers(plant: Running) -> None:
    plant.fault("chiller-1", "out_of_range")
    assert data_value(plant, QUOTED).Value.Value > 40
    plant.fault("chiller-1", "nan")
    single = data_value(plant, "ns=4;i=1001").Value.Value
    plant.fault("chiller-1")
    assert single != single


def test_slow(plant: Running) -> None:
    plant.fault("chiller-1", "slow:700")
    loop_time = asyncio.run(_timed(plant))
    plant.fault("chiller-1")
    assert 0.7 <= loop_time < 2


async def _timed(plant: Running) -> float:
    async with Client(plant.url("chiller-1"), timeout=4) as client:
        loop = asyncio.get_running_loop()
        started = loop.time()
        await client.get_node(QUOTED).read_value()
        return loop.time() - started


def test_one_connection(plant: Running) -> None:
    plant.fault("chiller-1", "one_connection")

    async def question(client: Client) -> float:
        other = Client(plant.url("chiller-1"), timeout=1)
        with pytest.raises((OSError, ua.UaError, TimeoutError)):
            await other.connect()
        return await client.get_node(QUOTED).read_value()

    try:
        assert -10 <= ask(plant, question) <= 40
    finally:
        plant.fault("chiller-1")
