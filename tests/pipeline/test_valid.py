"""Valid blueprints give no finding, and the values that a person means."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from aiotctl.catalog.protocols.modbus.read import ModbusDevice, ModbusRead, Table
from aiotctl.catalog.protocols.opcua.read import OpcUaDevice, OpcUaRead
from aiotctl.model.blueprint import (
    AccessRole,
    Blueprint,
    Condition,
    Convert,
    Deadband,
    Filter,
    PointType,
    Scale,
    ValueType,
    Window,
)
from aiotctl.model.deployment import Deployment
from aiotctl.pipeline.examine import examine
from aiotctl.pipeline.lower.rights import rights
from aiotctl.pipeline.resolve import resolve

VALID = Path(__file__).parents[1] / "valid"


def sound(name: str) -> Blueprint:
    examined = examine(VALID / name)
    assert examined.findings == ()
    assert examined.blueprint is not None
    return examined.blueprint


def deployed(blueprint: Blueprint, environment: str) -> Deployment:
    deployment = resolve(blueprint, environment).deployment
    assert deployment is not None
    return deployment


def point(blueprint: Blueprint, kind: str, name: str) -> PointType:
    return next(p for p in blueprint.device_types[kind].points if p.name == name)


def register(of: PointType) -> tuple[Table, int]:
    assert isinstance(of.read, ModbusRead)
    return of.read.table, of.read.address


@pytest.mark.parametrize("case", sorted(VALID.iterdir()), ids=lambda path: path.stem)
def test_no_finding(case: Path) -> None:
    sound(f"{case.name}/blueprint.yaml" if case.is_dir() else case.name)


def test_traps_of_yaml_mean_what_a_person_means() -> None:
    blueprint = sound("traps.yaml")
    assert blueprint.owner == "on"
    assert blueprint.device_types["relay"].description == "no"
    assert [p.name for p in blueprint.device_types["relay"].points] == ["on", "off", "y", "n"]
    assert register(point(blueprint, "relay", "off")) == (Table.COIL, 0)
    assert point(blueprint, "relay", "off").description == "12:30:45"
    y = point(blueprint, "relay", "y")
    assert register(y) == (Table.HOLDING, 100)
    assert isinstance(y.read, ModbusRead) and y.read.scale == Decimal("0.1")
    assert point(blueprint, "relay", "n").enum == ((0, "no"), (1, "yes"), (2, "0644"))
    assert [d.name for d in blueprint.sites["no"].devices] == ["yes"]
    assert blueprint.sites["no"].devices[0].gateway == "on"


def test_anchors_and_merges() -> None:
    blueprint = sound("anchors.yaml")
    a, b, c = blueprint.device_types["press"].points
    assert [p.every_ms for p in (a, b, c)] == [2000, 2000, 5000]
    assert [p.unit for p in (a, b, c)] == ["bar", "bar", "kPa"]
    assert [register(p)[1] for p in (a, b, c)] == [1, 2, 3]
    assert blueprint.sites["two"].devices[0].site == "two"


def test_parts_from_other_files_the_nearer_word_wins() -> None:
    blueprint = sound("parts/blueprint.yaml")
    assert blueprint.device_types["press"].description == "from the library"
    assert point(blueprint, "chiller", "t").unit == "K"
    read = point(blueprint, "chiller", "t").read
    assert isinstance(read, OpcUaRead) and read.namespace_uri == "urn:acme"
    assert blueprint.sites["a"].timezone == "Europe/Berlin"
    assert blueprint.platform["timeseries"].options["retain"] == "30d"


def test_a_fleet_adds_to_sites_and_makes_new_ones() -> None:
    blueprint = sound("fleet/blueprint.yaml")
    a, b = blueprint.sites["a"], blueprint.sites["b"]
    assert (a.timezone, a.gateways[0].arch) == ("Europe/Berlin", "arm64")
    assert a.devices[0].endpoint == "10.0.0.1:502"
    assert a.devices[0].settings == ModbusDevice(unit_id=7)
    assert (b.uplink_bps, [g.name for g in b.gateways]) == (2_000_000, ["gw-1"])
    assert b.devices[0].settings == OpcUaDevice(policy="Basic256Sha256", mode="Sign")
    assert (b.devices[1].endpoint, b.devices[1].type) == (None, "sensor")


def test_an_environment_selects_overlays_removes_and_simulates() -> None:
    blueprint = sound("fleet/blueprint.yaml")
    one = deployed(blueprint, "one")
    assert list(one.sites) == ["b"]
    assert one.sites["b"].uplink_bps == 1_000_000
    assert [d.name for d in one.sites["b"].devices] == ["c1", "p2"]
    assert one.environment.simulate.covers("site/b/device/c1")
    assert not one.environment.simulate.covers("site/b/device/p2")
    assert list(deployed(blueprint, "lab").sites) == ["a", "b"]
    assert blueprint.sites["b"].uplink_bps == 2_000_000


def test_steps_are_in_the_units_that_points_have_there() -> None:
    steps = sound("pipelines.yaml").pipelines["all"].steps
    assert [type(step) for step in steps] == [Filter, Scale, Convert, Deadband, Window]
    keep, scale, convert, deadband, window = steps
    assert isinstance(keep, Filter)
    assert keep.conditions == (
        Condition("state", "=", "running"),
        Condition("door", "=", False),
        Condition("pressure", ">", Decimal(2)),
        Condition("temperature", "<=", Decimal("76.85")),
    )
    assert isinstance(scale, Scale)
    assert scale.points == (("pressure", Decimal("1.02"), Decimal("-0.3")),)
    assert isinstance(convert, Convert)
    assert convert.points[0] == ("pressure", "kPa", Decimal(100), Decimal(0))
    assert convert.points[1][2:] == (Decimal("1.8"), Decimal(32))
    assert isinstance(deadband, Deadband)
    assert deadband.points == (
        ("pressure", Decimal(20), "0.2 bar"),
        ("temperature", Decimal("1.8"), "1 K"),
    )
    assert window == Window(10_000, ("mean", "max"))


def test_moves_lead_back_to_the_first_address() -> None:
    identities = deployed(sound("moved.yaml"), "lab").identities
    assert identities["site/b/device/e"] == "site/a/device/e"
    assert identities["site/b/device/d2"] == "site/a/device/d1"
    assert identities["site/b/device/d2/point/p"] == "site/a/device/d1/point/q"


def test_defaults_of_the_platform_come_from_the_catalog() -> None:
    platform = sound("traps.yaml").platform
    assert set(platform) == {"collector", "broker", "timeseries", "lake", "runtime"}
    assert platform["timeseries"].options["retain"] == "400d"


def test_an_environment_that_is_not_there_is_told() -> None:
    resolved = resolve(sound("traps.yaml"), "labb")
    assert resolved.deployment is None
    assert "Did you mean `lab`?" in resolved.findings[0].detail


@pytest.mark.parametrize(
    ("type_", "extra", "expected"),
    [
        ("uint16", "", ValueType.INTEGER),
        ("uint16", ", scale: 0.1", ValueType.FLOAT),
        ("int64", "", ValueType.INTEGER),
        ("uint64", "", ValueType.DECIMAL),
        ("int64", ", scale: 0.001", ValueType.DECIMAL),
        ("float32", "", ValueType.FLOAT),
        ("string", ", length: 8", ValueType.TEXT),
        ("bit", ", bit: 3", ValueType.BOOLEAN),
    ],
)
def test_what_a_modbus_value_is_after_scaling(type_: str, extra: str, expected: ValueType) -> None:
    text = (
        "blueprint: v1\nname: t\nowner: me\nenvironments: {lab: {}}\ndevice_types:\n  k:\n    protocol: "
        "modbus-tcp\n"
        f"    points: {{p: {{register: holding/1, type: {type_}{extra}}}}}\n"
    )
    examined = examine("b.yaml", lambda file: text.encode())
    assert examined.findings == () and examined.blueprint is not None
    assert point(examined.blueprint, "k", "p").type is expected


def test_a_signed_sentinel_may_be_written_by_its_bits() -> None:
    text = (
        "blueprint: v1\nname: t\nowner: me\nenvironments: {lab: {}}\ndevice_types:\n  k:\n    protocol: "
        "modbus-tcp\n"
        "    points: {p: {register: holding/1, type: int16, no_value: [0x8000, 0x7FFF]}}\n"
    )
    examined = examine("b.yaml", lambda file: text.encode())
    assert examined.blueprint is not None
    assert point(examined.blueprint, "k", "p").no_value == (Decimal(-32768), Decimal(32767))


@pytest.mark.parametrize("encode", ["utf-8-sig", "crlf"])
def test_byte_order_marks_and_line_ends_of_other_systems(encode: str) -> None:
    text = (VALID / "traps.yaml").read_text()
    content = text.replace("\n", "\r\n").encode() if encode == "crlf" else text.encode(encode)
    examined = examine("b.yaml", lambda file: content)
    assert examined.findings == () and examined.blueprint is not None


def test_roles_of_people() -> None:
    blueprint = sound("access.yaml")
    assert blueprint.access == {
        "scientist": AccessRole("scientist", ("raw", "health"), None),
        "operator": AccessRole("operator", ("health", "night"), ("plant-a", "plant-b")),
    }
    lab, night = (deployed(blueprint, name) for name in ("lab", "night"))
    assert lab.access["operator"].read == ("health",)
    assert night.access == {
        "scientist": AccessRole("scientist", ("raw",), None),
        "operator": AccessRole("operator", ("night",), ("plant-b",)),
    }


def test_only_who_reads_raw_values_listens_at_the_broker() -> None:
    deployment = deployed(sound("access.yaml"), "lab")
    of_people = {one.client: one for one in rights(deployment) if one.client.startswith("role.")}
    assert {client: (one.publish, one.subscribe) for client, one in of_people.items()} == {
        "role.scientist": ((), ("site/+/+",))
    }
