"""What is asked of a simulator that is not there, or in words it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiotctl.errors import AiotctlError, Exit
from aiotctl.simulators import control
from aiotctl.simulators.faults import FAULTS, Fault, parse_fault
from aiotctl.simulators.plant import load_plant


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_read(name: str) -> None:
    assert parse_fault(name) == Fault(name)
    assert parse_fault(f"{name}:250") == Fault(name, "250")


@pytest.mark.parametrize("text", ["", "broken", "Offline", "slow:fast", "slow:-1"])
def test_what_is_no_fault_is_refused(text: str) -> None:
    with pytest.raises(AiotctlError) as refused:
        parse_fault(text)
    assert refused.value.exit_code == Exit.USAGE


def test_no_simulator(tmp_path: Path) -> None:
    with pytest.raises(AiotctlError) as absent:
        control.set_faults(tmp_path, {"site/a/device/b": ["offline"]})
    assert absent.value.exit_code == Exit.UNREACHABLE
    assert "aiotctl simulate" in absent.value.diagnostics[0].remedy


@pytest.mark.parametrize("text", ["", "{", "[]", '{"plant": 2}', '{"plant": 1, "seed": "s"}', "null"])
def test_a_torn_plant_is_an_error_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "plant.json").write_text(text)
    with pytest.raises(AiotctlError) as torn:
        load_plant(tmp_path / "plant.json")
    assert torn.value.diagnostics[0].code == "plant-unreadable"
