"""Units: held against another implementation of UCUM, over the examples that UCUM publishes."""

from __future__ import annotations

import csv
from decimal import Decimal
from importlib.resources import files
from io import StringIO

import pytest

from aiotctl.units import SLIPS, SURPRISES, conversion, meant, unit


def examples() -> list[str]:
    table = files("ucumvert").joinpath("vendor/ucum_examples.tsv").read_text(encoding="utf-8")
    return [row[1] for row in csv.reader(StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE)][1:]


def test_every_published_example_is_understood() -> None:
    codes = examples()
    assert len(codes) > 800
    assert [code for code in codes if unit(code) is None] == ["Torr"]  # in the examples, not in the tables


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("bar", "kPa"), ("[psi]", "bar"), ("kW.h", "MJ"), ("mm/s", "m/h"), ("L/min", "m3/h"),
        ("{rev}/min", "Hz"),
        ("%", "[ppm]"), ("[in_i]", "mm"), ("[gal_us]/min", "L/s"), ("mm[Hg]", "Pa"), ("deg", "rad"),
        ("[lb_av]", "kg"),
        ("eV", "J"), ("uS/cm", "S/m"), ("[Btu_IT]/h", "W"), ("kg/m3", "g/L"), ("d", "s"), ("[HP]", "kW"),
    ],
)  # fmt: skip
def test_factors_agree_with_pint(source: str, target: str) -> None:
    from ucumvert import PintUcumRegistry

    registry = PintUcumRegistry()
    theirs = registry.from_ucum(source).to(registry.from_ucum(target).units).magnitude
    ours = conversion(source, target)
    assert ours is not None
    assert float(ours[0]) == pytest.approx(float(theirs), rel=1e-5)
    assert ours[1] == 0


@pytest.mark.parametrize(
    ("source", "target", "value", "expected"),
    [
        ("Cel", "K", "20", "293.15"),
        ("Cel", "[degF]", "100", "212"),
        ("[degF]", "Cel", "32", "0"),
        ("K", "mK", "1.5", "1500"),
        ("mbar", "bar", "1013.25", "1.01325"),
    ],
)
def test_conversions_are_exact(source: str, target: str, value: str, expected: str) -> None:
    found = conversion(source, target)
    assert found is not None
    assert round(Decimal(value) * found[0] + found[1], 12) == Decimal(expected)


@pytest.mark.parametrize(
    ("source", "target"), [("bar", "Cel"), ("m", "m2"), ("[pH]", "1"), ("dB", "%"), ("bar", "nonsense")]
)
def test_what_measures_something_else_is_not_converted(source: str, target: str) -> None:
    assert conversion(source, target) is None


@pytest.mark.parametrize(
    "code",
    [
        "",
        "kWh",
        "m--2",
        "((m)",
        "m)",
        "a{",
        "1/0",
        "m ",
        "°C",
        "m..s",
        "m/",
        "10*999",
        "x" * 100,
        "{a{b}}",
        "[m",
    ],
)
def test_what_is_no_code_is_refused(code: str) -> None:
    assert unit(code) is None


def test_every_slip_leads_to_a_code_and_is_none_itself() -> None:
    assert {slip for slip in SLIPS if unit(slip) is not None} == set()
    assert {code for code in SLIPS.values() if unit(code) is None} == set()
    assert {
        code for code, (_, likely) in SURPRISES.items() if unit(code) is None or unit(likely) is None
    } == set()
    assert meant("kWh") == "kW.h"
    assert meant("KPA") == "kPa"
    assert meant("nonsense") == ""
