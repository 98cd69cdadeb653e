"""Simulated Modbus devices as pymodbus' clients see them."""

from __future__ import annotations

import itertools
import math
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymodbus import FramerType
from pymodbus.client import ModbusSerialClient, ModbusTcpClient

from tests.simulators.running import Running, listens, start, until

PLANTS = Path(__file__).parents[1] / "simulators" / "plants"

DATATYPES = {
    "int16": ("INT16", 1, (4660, 4670)),
    "uint16": ("UINT16", 1, (60010, 60020)),
    "int32": ("INT32", 2, (305419000, 305420000)),
    "uint32": ("UINT32", 2, (3054190000, 3054200000)),
    "int64": ("INT64", 4, (1311768467463790000, 1311768467463791000)),
    "uint64": ("UINT64", 4, (13117684674637900000, 13117684674637901000)),
    "float32": ("FLOAT32", 2, (1234.5, 1235.5)),
    "float64": ("FLOAT64", 4, (1234.5, 1235.5)),
}
ORDERS = list(itertools.product(("big", "little"), ("big", "little")))


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("modbus"), (PLANTS / "modbus.yaml").read_text())
    yield running
    assert running.stop() == 0


@pytest.fixture
def client(plant: Running) -> Iterator[ModbusTcpClient]:
    yield from _tcp(plant, "strict-1")


def _tcp(plant: Running, device: str, framer: FramerType = FramerType.SOCKET) -> Iterator[ModbusTcpClient]:
    host, port = plant.host_port(device)
    client = ModbusTcpClient(host, port=port, framer=framer, timeout=5, retries=0)
    assert client.connect()
    yield client
    client.close()


def float32(words: list[int]) -> float:
    return struct.unpack(">f", struct.pack(">2H", *words))[0]


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    points = [
        f"      {kind}_{words}_{octets}: {{register: holding/{10 * n}, type: {kind}, byte_order: {octets}, "
        f"{f'word_order: {words}, ' if size > 1 else ''}every: 60s, range: [{low}, {high}]}}"
        for n, ((kind, (_, size, (low, high))), (words, octets)) in enumerate(
            itertools.product(DATATYPES.items(), ORDERS)
        )
    ]
    blueprint = "\n".join(
        (
            "device_types:",
            "  orders:",
            "    protocol: modbus-tcp",
            "    answer_time: 1ms",
            "    points:",
            *points,
            "sites:",
            "  a:",
            "    timezone: UTC",
            "    gateways: {gw: {}}",
            "    devices: {all: {type: orders, gateway: gw, endpoint: '10.0.0.1:502'}}",
        )
    )
    running = start(tmp_path_factory.mktemp("orders"), blueprint)
    yield running
    running.stop()


@pytest.mark.parametrize(("words", "octets"), ORDERS)
@pytest.mark.parametrize("kind", DATATYPES)
def test_every_type_in_every_order(orders: Running, kind: str, words: str, octets: str) -> None:
    name, size, (low, high) = DATATYPES[kind]
    number = list(itertools.product(DATATYPES, ORDERS)).index((kind, (words, octets)))
    for client in _tcp(orders, "all"):
        answer = client.read_holding_registers(10 * number, count=size)
        assert not answer.isError(), answer
        registers = answer.registers
        if octets == "little":
            registers = [(word & 0xFF) << 8 | word >> 8 for word in registers]
        value = client.convert_from_registers(registers, client.DATATYPE[name], word_order=words)
        assert low <= value <= high


def test_scaling_is_undone_on_the_wire(client: ModbusTcpClient) -> None:
    pressure, level = client.read_input_registers(0, count=2).registers
    assert 100 <= pressure * 0.1 <= 400
    assert -10 <= struct.unpack(">h", struct.pack(">H", level))[0] * 0.5 - 20 <= 10


def test_scale_registers_hold_a_power_of_ten(client: ModbusTcpClient) -> None:
    high, low, energy_exponent, power, power_exponent = client.read_input_registers(10, count=5).registers
    signed = [
        struct.unpack(">h", struct.pack(">H", word))[0] for word in (energy_exponent, power_exponent, power)
    ]
    assert 0 <= (high << 16 | low) * 10.0 ** signed[0] <= 1_000_000
    assert signed[1] == 2, "the smallest power of ten with which 900000 kW fit 16 bits"
    assert 0 <= signed[2] * 100 <= 900_000


def test_points_share_a_register(client: ModbusTcpClient) -> None:
    bits, octets = client.read_holding_registers(121, count=2).registers
    assert bits & ~(1 << 3 | 1 << 15) == 0
    assert 10 <= octets & 0xFF <= 20
    assert -20 <= (octets >> 8) - 256 <= -10


def test_strings_and_states(client: ModbusTcpClient) -> None:
    registers = client.read_holding_registers(130, count=5).registers
    text = client.convert_from_registers(registers, client.DATATYPE.STRING)
    assert str(text).startswith("LOT-")
    assert client.read_holding_registers(120).registers[0] in (3, 7, 9)


def test_bit_tables(client: ModbusTcpClient) -> None:
    assert not client.read_coils(7).isError()
    assert not client.read_discrete_inputs(0).isError()
    assert client.read_coils(6).exception_code == 2


@pytest.mark.parametrize(
    ("table", "address", "count"), [("holding", 99, 2), ("holding", 0, 1), ("input", 2, 1)]
)
def test_what_is_not_declared_does_not_exist(
    client: ModbusTcpClient, table: str, address: int, count: int
) -> None:
    read = client.read_holding_registers if table == "holding" else client.read_input_registers
    assert read(address, count=count).exception_code == 2


def test_gaps_are_read_over_where_the_type_says_so(plant: Running) -> None:
    for client in _tcp(plant, "gaps-1"):
        registers = client.read_holding_registers(0, count=11).registers
        assert registers[1:9] == [0] * 8
        assert client.read_holding_registers(0, count=12).exception_code == 2


def test_one_endpoint_two_units(plant: Running, client: ModbusTcpClient) -> None:
    assert plant.url("strict-1") == plant.url("strict-2")
    first, second = (client.read_holding_registers(100, count=2, device_id=n).registers for n in (1, 2))
    assert first != second
    assert client.read_holding_registers(100, count=2, device_id=3).exception_code == 11


def test_writing_is_refused(client: ModbusTcpClient) -> None:
    assert client.write_register(120, 1).exception_code == 1


def test_values_move(client: ModbusTcpClient) -> None:
    before = float32(client.read_holding_registers(100, count=2).registers[::-1])
    time.sleep(0.3)
    after = float32(client.read_holding_registers(100, count=2).registers[::-1])
    assert 20 <= before <= 30
    assert 20 <= after <= 30
    assert before != after


def test_a_counter_counts_readings(client: ModbusTcpClient) -> None:
    seen = [client.read_holding_registers(300, count=2).registers[1] for _ in range(5)]
    assert [n - seen[0] for n in seen] == [0, 1, 2, 3, 4]


def test_rtu_over_tcp(plant: Running) -> None:
    for client in _tcp(plant, "meter-1", FramerType.RTU):
        for unit in (1, 2):
            assert 220 <= float32(client.read_input_registers(0, count=2, device_id=unit).registers) <= 240


def test_rtu_drops_what_is_broken(plant: Running) -> None:
    good = bytes.fromhex("01 04 0000 0002 71CB")
    with socket.create_connection(plant.host_port("meter-1"), 2) as line:
        line.settimeout(2)
        line.sendall(good[:-1] + b"\0")  # wrong checksum
        line.sendall(good[:3])  # and half a request, after which comes silence
        time.sleep(0.2)
        line.sendall(good)
        assert line.recv(64)[:3] == bytes.fromhex("01 04 04")


def test_serial_line(plant: Running) -> None:
    path = plant.url("serial-1").removeprefix("file://")
    client = ModbusSerialClient(path, baudrate=9600, timeout=5, retries=0)
    assert client.connect()
    for unit in (1, 9):
        assert 220 <= float32(client.read_input_registers(0, count=2, device_id=unit).registers) <= 240
    client.close()


def test_offline(plant: Running, client: ModbusTcpClient) -> None:
    plant.fault("strict-1", "offline")
    try:
        assert listens(plant.host_port("strict-2")), "the other unit is still there"
        assert client.read_holding_registers(120, device_id=2).registers
        plant.fault("strict-2", "offline")
        until(lambda: not listens(plant.host_port("strict-2")))
    finally:
        plant.fault("strict-1")
        plant.fault("strict-2")
    until(lambda: listens(plant.host_port("strict-1")))


def test_frozen(plant: Running, client: ModbusTcpClient) -> None:
    plant.fault("strict-1", "frozen")
    seen = {
        tuple(client.read_holding_registers(100, count=2).registers)
        for _ in range(10)
        if not time.sleep(0.05)
    }
    counted = {client.read_holding_registers(300, count=2).registers[1] for _ in range(3)}
    plant.fault("strict-1")
    assert len(seen) == len(counted) == 1


def test_out_of_range(plant: Running, client: ModbusTcpClient) -> None:
    plant.fault("strict-1", "out_of_range")
    assert client.read_input_registers(0).registers[0] * 0.1 > 400
    plant.fault("strict-1")
    assert client.read_input_registers(0).registers[0] * 0.1 <= 400


def test_no_value_and_nan(plant: Running, client: ModbusTcpClient) -> None:
    plant.fault("strict-1", "no_value")
    assert client.read_input_registers(0).registers == [0xFFFF]
    assert math.isnan(float32(client.read_holding_registers(100, count=2).registers[::-1]))
    plant.fault("strict-1", "nan")
    assert client.read_input_registers(0).registers != [0xFFFF]
    assert math.isnan(float32(client.read_holding_registers(100, count=2).registers[::-1]))
    plant.fault("strict-1")


def test_exceptions(plant: Running, client: ModbusTcpClient) -> None:
    plant.fault("strict-1", "exceptions:state")
    assert client.read_holding_registers(120).exception_code == 4
    assert client.read_holding_registers(120, count=2).exception_code == 4
    assert not client.read_holding_registers(121).isError()
    plant.fault("strict-1")


def test_wrong_type(plant: Running, client: ModbusTcpClient) -> None:
    plant.fault("strict-1", "wrong_type")
    swapped = client.read_holding_registers(100, count=2).registers
    plant.fault("strict-1")
    assert 20 <= float32(swapped) <= 30, "words in the other order than declared"


def test_slow(plant: Running, client: ModbusTcpClient) -> None:
    plant.fault("strict-1", "slow:600")
    started = time.monotonic()
    assert not client.read_holding_registers(120).isError()
    took = time.monotonic() - started
    plant.fault("strict-1")
    assert 0.6 <= took < 3


def test_one_connection(plant: Running) -> None:
    host, port = plant.host_port("gaps-1")
    first = ModbusTcpClient(host, port=port, timeout=0.5, retries=0)
    second = ModbusTcpClient(host, port=port, timeout=5, retries=0)
    assert first.connect()
    assert second.connect()
    assert not first.read_holding_registers(0).isError()
    with socket.create_connection((host, port), 1) as waiting:
        waiting.settimeout(0.3)
        waiting.sendall(bytes.fromhex("0001 0000 0006 01 03 0000 0001"))
        with pytest.raises(TimeoutError):
            waiting.recv(16)
    first.close()
    assert not second.read_holding_registers(0).isError(), "served once the first has gone"
    second.close()


def test_the_plant_knows_its_faults(plant: Running) -> None:
    assert plant.fault("strict-1", "frozen", "slow:10")["site/plant-a/device/strict-1"]["faults"] == [
        "frozen",
        "slow:10",
    ]
    plant.fault("strict-1")
    assert plant.state("strict-1")["faults"] == []
