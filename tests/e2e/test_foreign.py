"""Real devices, as far as servers of other makers are: put behind a press shop, they flow at the first try.

One press stays simulated. The servers behave as devices do: slow, exact about gaps, one thread for all
connections, endpoints under another name than the one dialled, few nodes or registers at once, passwords.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from aiotctl.model import names
from aiotctl.model.quality import Quality
from aiotctl.model.verification import Cause, Flow, Stop, Verdict
from aiotctl.session.looking import verify

from .conftest import made
from .foreign.plant import ASYNCUA, Plant, blueprint, node_plc, oven_points, publishing
from .laptop import Laptop

AT_ONCE_S = 20.0
"""Twice the longest interval of a press shop, for the first value of each."""

METER: dict[str, Any] = {
    "voltage": Decimal("230.25"),
    "energy": Decimal("123.45"),
    "wide": 2**63 + 1,
    "name": "METER-07",
    "state": -1,
    "nothing": Quality.NO_VALUE,
    "swapped": Decimal("230.25"),
    "failing": Flow.NEVER,
    "motor": "true",
    "alarm": "true",
}
FEW = {name: METER[name] for name in ("voltage", "wide", "name", "state", "motor")}
TOLD: dict[str, Any] = {
    "level": Decimal("2.5"),
    "element": Decimal("3.5"),
    "u64": 2**64 - 1,
    "text": 'Füllstand "A"',
    "broken": Quality.BAD_STATUS,
    "counter": range(1, 1000),
}
PLC: dict[str, Any] = {
    "level": Decimal("2.5"),
    "i8": -100,
    "u8": 200,
    "i16": -30000,
    "u16": 60000,
    "i32": -2000000000,
    "u32": 4000000000,
    "i64": -9007199254740993,
    "u64": 2**64 - 1,
    "f32": Decimal("230.25"),
    "flag": "true",
    "text": 'Füllstand "A"',
    "element": Decimal("2.5"),
    "doubtful": Quality.UNCERTAIN,
    "broken": Quality.BAD_STATUS,
    "running": 0,
}
EXPECTED: dict[str, dict[str, Any]] = {
    "press-1": {
        "oil_temperature": Decimal("41.5"),
        "pressure": Decimal("123.4"),
        "energy": Decimal("123.45"),
        "state": 1,
        "door_open": "true",
    },
    "chiller-1": {"supply_temperature": Decimal("6.5"), "compressor_running": "true"},
    "exact-1": METER,
    "single-1": FEW,
    "tunnelled-1": FEW,
    "serial-1": FEW,
    "serial-2": FEW,
    "oven-1": {name: Decimal(n) + Decimal("0.5") for n, name in enumerate(oven_points())},
    "open-1": PLC,
    "sealed-1": PLC,
    "told-1": TOLD,
    "sealed-2": TOLD,
    "certified-1": TOLD,
    "stubborn-1": dict.fromkeys(("level", "a", "b", "c", "d"), Flow.NEVER),
    "plug-1": {
        "total": Decimal("12.345"),
        "volts": Decimal(231),
        "relay": "true",
        "quoted": range(1, 1000),
        "seconds": Decimal("-3.25"),
        "temperature": range(20, 25),
        "name": "Halle 3",
        "retained": 7,
    },
}
"""What each point must hold: its value, a span of values, or how it may not be well."""

CAUSES = {
    "exact-1/point/failing": "exception '4'",
    "stubborn-1/point/level": "StatusBadTooManyOperations",
}
"""What the collector says of points that do not flow."""


@pytest.fixture(scope="module", params=["asyncua", pytest.param("node-opcua", marks=pytest.mark.soak)])
def laptop(
    request: pytest.FixtureRequest, programs: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Laptop]:
    folder = tmp_path_factory.mktemp("plant")
    plc = node_plc(folder / "node-opcua") if request.param == "node-opcua" else ASYNCUA
    with Plant(folder, plc) as plant, made("press-shop") as project:
        path = project.folder / "blueprint.yaml"
        path.write_text(blueprint(path.read_text(encoding="utf-8"), plant), encoding="utf-8")
        project.settings = plant.secrets
        project.run("validate").ok()
        project.apply().ok()
        client = names.device_client("plant-a", "vib-1")
        secret = names.broker_secret(client)
        password = project.environment.vault.values([secret])[secret]
        with publishing(int(project.record.outputs[f"{names.HUB}/service/nats#mqtt.port"]), client, password):
            yield project


def test_all_flow_at_the_first_try_with_the_right_values(laptop: Laptop) -> None:
    wrong = settled(laptop)
    assert not wrong, "\n".join(f"{where}: {how}" for where, how in wrong.items())


def test_what_does_not_flow_is_told_with_its_cause(laptop: Laptop) -> None:
    settled(laptop)
    deadline = time.monotonic() + AT_ONCE_S
    while (wrong := otherwise_told(laptop)) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not wrong


def otherwise_told(laptop: Laptop) -> dict[str, Stop | None]:
    """What is told of the points that do not flow where it is not their cause. For a moment the collector's
    last words may be of a connection that is made anew.
    """
    verdicts = {verdict.address: verdict for verdict in verify(laptop.environment).verdicts}
    stops = {point: verdicts[f"site/plant-a/device/{point}"].stop for point in CAUSES}
    return {
        point: stop
        for point, stop in stops.items()
        if not stop or stop.cause is not Cause.LOGGED_ERROR or CAUSES[point] not in stop.evidence
    }


def settled(laptop: Laptop) -> dict[str, object]:
    """Waits until every point is as it should be; gives what is not by then."""
    deadline = time.monotonic() + AT_ONCE_S
    while True:
        verdicts = verify(laptop.environment).verdicts
        wrong = {v.address: v for v in verdicts if not as_expected(v)}
        if not wrong or time.monotonic() > deadline:
            return {address: (v.flow, v.newest, v.stop) for address, v in wrong.items()}
        time.sleep(0.5)


def as_expected(verdict: Verdict) -> bool:
    """Whether a series is as the table above wants it; the others must flow."""
    _, _, _, device, *rest = verdict.address.split("/")
    expected = EXPECTED.get(device, {}).get(rest[1]) if rest[:1] == ["point"] and len(rest) == 2 else None
    if isinstance(expected, Flow):
        return verdict.flow is expected
    newest = verdict.newest
    if isinstance(expected, Quality):
        return newest is not None and newest.quality == expected
    if expected is None or not verdict.ok or newest is None:
        return verdict.ok and newest is not None
    return matches(expected, newest.text or "")


def matches(expected: object, text: str) -> bool:
    """Whether a stored value, as text, is the expected one."""
    if isinstance(expected, str):
        return text == expected
    value = Decimal(text)
    return int(value) in expected if isinstance(expected, range) else value == expected
