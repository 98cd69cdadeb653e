"""`aiotctl diff` and `aiotctl show sizing` on the press shop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiotctl.errors import Exit
from tests.cli.conftest import Run

PRICES = Path(__file__).parents[2] / "docs" / "guides" / "prices.toml"
pytestmark = pytest.mark.usefixtures("project")


def test_what_differs_is_told_in_the_blueprints_words(run: Run) -> None:
    told = run("diff", "pilot", "lab")
    assert told.code == Exit.OK
    assert "From pilot to lab:" in told.out
    assert "host hub-1: address 10.20.0.2 -> made by the cloud" in told.out
    assert "environment: simulate nothing -> all devices" in told.out
    assert "platform cloud: engine lab" in told.out


def test_machines_are_told_both_sides(run: Run) -> None:
    told = [json.loads(line) for line in run("diff", "laptop", "pilot", "--json").out.splitlines()]
    found = {(one["part"], *one["path"]): (one["first"], one["second"]) for one in told[1:]}
    assert found["platform/broker", "engine"] == ("nats", "mosquitto")
    assert found["host/hub-1",] == (None, "")


def test_an_environment_does_not_differ_from_itself(run: Run) -> None:
    assert "are the same" in run("diff", "lab", "lab").out


def test_an_environment_that_is_not_there_is_told(run: Run) -> None:
    refused = run("diff", "lab", "labour")
    assert refused.code == Exit.INVALID
    assert "There is no environment `labour`" in refused.err


def test_sizes_are_told_with_their_formulas_and_prices(run: Run) -> None:
    told = run("show", "sizing", "--env", "lab", "--prices", str(PRICES))
    assert told.code == Exit.OK
    assert "values a second" in told.out
    assert "86,400 s x 140 B" in told.out
    assert "together" in told.out
    assert "illustration" in told.out


def test_an_environment_without_a_cloud_has_nothing_to_size(run: Run) -> None:
    assert "Nothing of it is made by a cloud." in run("show", "sizing", "--env", "laptop").out


def test_prices_are_told_to_machines_too(run: Run) -> None:
    words = ("show", "sizing", "--env", "lab", "--prices", str(PRICES), "--json")
    told = [json.loads(line) for line in run(*words).out.splitlines()]
    sizes = {one["name"]: one["monthly"] for one in told if one["type"] == "size"}
    assert sizes.keys() == {"hub-1", "plant-a/gw-1"}
    (cost,) = (one for one in told if one["type"] == "cost")
    assert cost["monthly"] == pytest.approx(sum(sizes.values()))
