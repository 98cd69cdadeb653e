"""Every value of an address with its origin: file, overlay, default or derived."""

from __future__ import annotations

from pathlib import Path

from aiotctl.pipeline.examine import examine
from aiotctl.pipeline.explain import Explained, Source, explain

VALID = Path(__file__).parents[1] / "valid"


def explained(case: str, environment: str, address: str) -> Explained:
    examined = examine(VALID / case)
    assert examined.blueprint is not None
    found = explain(examined.document, examined.blueprint, environment, address).explained
    assert found is not None
    return found


def origin(of: Explained, key: str) -> tuple[str, Source, str]:
    fact = next(fact for fact in of.facts if fact.key == key)
    place = f"{Path(fact.place.file).name}:{fact.place.line}:{fact.place.column}" if fact.place else ""
    return fact.value, fact.source, place


def test_a_point_shows_its_register_both_ways() -> None:
    of = explained("traps.yaml", "lab", "site/no/device/yes/point/y")
    assert origin(of, "register")[0] == "40101"
    assert ("register", "holding/100 (Modicon 40101)") in [(f.key, f.value) for f in of.facts]
    assert origin(of, "scale") == ("0.1", Source.FILE, "traps.yaml:12:76")
    assert origin(of, "word_order") == ("big", Source.DEFAULT, "")
    assert origin(of, "gateway") == ("on", Source.DERIVED, "")


def test_a_device_of_a_fleet_comes_from_its_row() -> None:
    of = explained("fleet/blueprint.yaml", "lab", "site/b/device/c1")
    assert origin(of, "endpoint") == ("opc.tcp://10.0.0.2", Source.FILE, "fleet.csv:3:19")
    assert origin(of, "security.policy") == ("Basic256Sha256", Source.FILE, "fleet.csv:3:48")
    assert origin(explained("fleet/blueprint.yaml", "one", "site/b/device/c1"), "simulated")[0] == "true"


def test_an_overlay_is_named_as_the_origin() -> None:
    of = explained("fleet/blueprint.yaml", "one", "site/b")
    assert origin(of, "uplink") == ("1 Mbit/s", Source.OVERLAY, "blueprint.yaml:27:27")
    assert "site/b/device/p2" in of.below
    assert "site/b/device/s1" not in of.below
    assert origin(explained("fleet/blueprint.yaml", "lab", "site/b"), "uplink")[:2] == (
        "2 Mbit/s",
        Source.FILE,
    )


def test_a_part_from_another_file_is_found_there() -> None:
    assert origin(explained("parts/blueprint.yaml", "lab", "device_type/press/point/p"), "unit") == (
        "bar",
        Source.FILE,
        "press.yaml:3:34",
    )
    assert origin(explained("parts/blueprint.yaml", "lab", "platform/timeseries"), "retain") == (
        "30d",
        Source.FILE,
        "platform.yaml:1:49",
    )


def test_everything_can_be_walked_to() -> None:
    examined = examine(VALID / "fleet/blueprint.yaml")
    assert examined.blueprint is not None
    waiting, seen = [""], set[str]()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        found = explain(examined.document, examined.blueprint, "lab", address).explained
        assert found is not None and (found.facts or found.below)
        waiting += found.below
    assert {"site/b/device/c1/point/t", "platform/lake", "environment/one", "site/a/gateway/gw"} <= seen


def test_a_misspelt_address_is_told() -> None:
    examined = examine(VALID / "fleet/blueprint.yaml")
    assert examined.blueprint is not None
    for address, hint in (
        ("site/b/device/c2", "c1"),
        ("sites/b", "site"),
        ("site/b/device/c1/point/tt", "t"),
    ):
        found = explain(examined.document, examined.blueprint, "lab", address)
        assert found.explained is None
        assert f"`{hint}`" in found.findings[0].detail + found.findings[0].remedy
