"""Reading from running devices: what is shown, and what is said where it cannot be read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from aiotctl.catalog.protocols.modbus.read import ModbusDevice, ModbusRead
from aiotctl.catalog.protocols.mqtt.read import MqttRead
from aiotctl.catalog.protocols.opcua.read import OpcUaDevice, OpcUaRead
from aiotctl.diagnostics import Diagnostic
from aiotctl.errors import AiotctlError
from aiotctl.model.quality import Quality
from aiotctl.probes.read import Target, read
from tests.simulators.running import PASSWORD, Running, start, values

PLANTS = Path(__file__).parents[1] / "simulators" / "plants"


def running(name: str, factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = start(factory.mktemp(name), (PLANTS / f"{name}.yaml").read_text())
    yield made
    made.stop()


@pytest.fixture(scope="module")
def modbus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from running("modbus", tmp_path_factory)


@pytest.fixture(scope="module")
def opcua(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from running("opcua", tmp_path_factory)


@pytest.fixture(scope="module")
def mqtt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from running("mqtt", tmp_path_factory)


def refusal(reading: Callable[[], object]) -> Diagnostic:
    with pytest.raises(AiotctlError) as refused:
        reading()
    (found,) = refused.value.diagnostics
    assert found.detail
    assert found.remedy
    return found


@pytest.mark.parametrize("device", ["strict-1", "strict-2", "gaps-1", "meter-2", "serial-2"])
def test_every_modbus_point_is_good(modbus: Running, device: str) -> None:
    readings = modbus.read(device)
    assert [r.judged.quality for r in readings] == [Quality.GOOD] * len(modbus.kind(device).points)


def test_a_register_with_its_scale(modbus: Running) -> None:
    (energy,) = modbus.read("strict-1", "energy")
    raw = int.from_bytes(energy.raw, "big")
    assert energy.judged.value == raw * Decimal("0.01")
    assert energy.source == "input/10 unit 1"
    assert ("scale register", "input/12 holds -2") in energy.facts


def test_sentinels_and_states(modbus: Running) -> None:
    modbus.fault("strict-1", "no_value")
    pressure, temperature = modbus.read("strict-1", "pressure", "temperature")
    modbus.fault("strict-1")
    assert {pressure.judged.quality, temperature.judged.quality} == {Quality.NO_VALUE}
    (state,) = modbus.read("strict-1", "state")
    assert state.name in ("stopped", "running", "fault")


@pytest.mark.parametrize("device", ["chiller-1", "signed"])
def test_every_opcua_point_is_good(opcua: Running, device: str) -> None:
    readings = opcua.read(device)
    assert [r.judged.quality for r in readings] == [Quality.GOOD] * len(opcua.kind(device).points)


@pytest.mark.parametrize("device", ["sealed", "named"])
def test_opcua_with_a_user(opcua: Running, device: str) -> None:
    (value,) = opcua.read(device, user="operator", password=PASSWORD)
    assert value.judged.quality is Quality.GOOD
    found = refusal(lambda: opcua.read(device, user="operator", password="wrong"))
    assert found.code == "read-refused"
    assert PASSWORD not in found.detail


def test_what_an_opcua_server_says_beside_the_value(opcua: Running) -> None:
    (supply,) = opcua.read("chiller-1", "supply")
    facts = dict(supply.facts)
    assert (facts["type"], facts["status"]) == ("Double", "Good")
    assert facts["source time"].startswith("20")
    opcua.fault("chiller-1", "exceptions:supply")
    (failing,) = opcua.read("chiller-1", "supply")
    opcua.fault("chiller-1", "wrong_type")
    (strange,) = opcua.read("chiller-1", "supply")
    opcua.fault("chiller-1")
    assert (failing.judged.quality, failing.judged.value) == (Quality.BAD_STATUS, None)
    assert "BadDeviceFailure" in failing.judged.why
    assert strange.judged.quality is Quality.WRONG_TYPE


def test_every_mqtt_point_is_good(mqtt: Running) -> None:
    for device, login in (
        ("own-1", {}),
        ("clock-1", {}),
        ("switch-1", {"user": "reader", "password": PASSWORD}),
    ):
        readings = mqtt.read(device, **login)
        assert [r.judged.quality for r in readings] == [Quality.GOOD] * len(mqtt.kind(device).points)


def test_wrong_json_types(mqtt: Running) -> None:
    mqtt.fault("own-1", "wrong_type")
    (rms,) = mqtt.read("own-1", "rms")
    mqtt.fault("own-1", "no_value")
    (nothing,) = mqtt.read("own-1", "rms")
    mqtt.fault("own-1")
    assert (rms.judged.quality, nothing.judged.quality) == (Quality.WRONG_TYPE, Quality.NO_VALUE)


def test_an_undeclared_register(modbus: Running) -> None:
    target = modbus.target("strict-1")
    point = modbus.point("strict-1", "state")
    assert isinstance(point.read, ModbusRead)
    beside = replace(point, read=replace(point.read, address=119))
    found = refusal(lambda: list(read(target, [beside])))
    assert found.code == "read-exception"
    assert "illegal data address" in found.detail
    assert "zero-based" in found.remedy


def test_an_unknown_unit(modbus: Running) -> None:
    target = modbus.target("strict-1")
    other = replace(target, device=target.device._replace(settings=ModbusDevice(unit_id=77)))
    assert "exception 11" in refusal(lambda: list(read(other, other.kind.points[:1]))).detail


def test_a_silent_unit_on_a_line(modbus: Running) -> None:
    target = modbus.target("serial-1", timeout_s=0.5)
    other = replace(target, device=target.device._replace(settings=ModbusDevice(unit_id=77, framing="rtu")))
    assert refusal(lambda: list(read(other, other.kind.points[:1]))).code == "read-timeout"


def test_an_unknown_node_and_namespace(opcua: Running) -> None:
    point = opcua.point("chiller-1", "supply")
    assert isinstance(point.read, OpcUaRead)
    for other in (
        replace(point.read, identifier="nothing"),
        replace(point.read, namespace_index=None, namespace_uri="urn:x"),
    ):
        found = refusal(
            lambda other=other: list(read(opcua.target("chiller-1"), [replace(point, read=other)]))
        )
        assert found.code == "read-refused"


def test_a_policy_that_the_server_has_not(opcua: Running) -> None:
    target = opcua.target("chiller-1")
    sealed = replace(target, device=target.device._replace(settings=OpcUaDevice("Basic256Sha256", "Sign")))
    assert refusal(lambda: list(read(sealed, sealed.kind.points[:1]))).code == "read-refused"


def test_a_topic_where_nothing_comes(mqtt: Running) -> None:
    point = mqtt.point("own-1", "rms")
    assert isinstance(point.read, MqttRead)
    other = replace(point, read=replace(point.read, topic="nothing/here"))
    found = refusal(lambda: list(read(mqtt.target("own-1", timeout_s=0.5), [other])))
    assert found.code == "read-timeout"
    assert "nothing/here" in found.detail


def test_a_broker_refuses_the_login(mqtt: Running) -> None:
    found = refusal(lambda: mqtt.read("switch-1", user="reader", password="wrong"))
    assert found.code == "read-refused"
    assert "user and password" in found.remedy


@pytest.fixture
def mute() -> Iterator[tuple[str, int]]:
    """A port that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    held.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)
        for each in held:
            each.close()


@pytest.mark.parametrize(
    ("plant", "device"), [("modbus", "strict-1"), ("opcua", "chiller-1"), ("mqtt", "own-1")]
)
def test_nobody_there_and_nobody_answering(
    plant: str, device: str, mute: tuple[str, int], request: pytest.FixtureRequest
) -> None:
    made: Running = request.getfixturevalue(plant)
    scheme = made.url(device).split("://")[0]
    with socket.create_server(("127.0.0.1", 0)) as gone:
        free = gone.getsockname()[1]

    def target(port: int) -> Target:
        return replace(made.target(device, timeout_s=1.0), endpoint=f"{scheme}://127.0.0.1:{port}")

    points = made.kind(device).points[:1]
    absent = refusal(lambda: list(read(target(free), points)))
    silent = refusal(lambda: list(read(target(mute[1]), points)))
    assert absent.code == "read-unreachable"
    assert "nothing listens" in absent.remedy
    assert silent.code == "read-timeout"


def test_a_line_that_is_not_there(modbus: Running) -> None:
    target = replace(modbus.target("serial-1"), endpoint="file:///dev/nothing-here")
    assert refusal(lambda: list(read(target, target.kind.points[:1]))).code == "read-unreachable"


def test_nothing_asked_nothing_read(modbus: Running) -> None:
    assert values(list(read(modbus.target("strict-1"), []))) == {}
