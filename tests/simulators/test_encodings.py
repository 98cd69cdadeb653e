"""How raw values lie in registers: each case is a small file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from aiotctl.catalog.protocols.modbus import wire
from aiotctl.catalog.protocols.modbus.language import read_point
from aiotctl.catalog.protocols.modbus.read import ModbusRead

CASES = sorted((Path(__file__).parent / "encodings").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_registers(case: Path) -> None:
    expected = yaml.safe_load(case.read_text())
    made = read_point("modbus-tcp", expected["point"], (), lambda finding: pytest.fail(finding.detail))
    assert made is not None
    read = made[0]
    assert isinstance(read, ModbusRead)
    words, mask = wire.encode(read, expected["raw"])
    assert [f"{word:04X}" for word in words] == [f"{word:04X}" for word in expected["registers"]]
    assert mask == expected.get("mask", 0xFFFF)
    assert wire.decode(read, words) == expected["raw"]
    assert len(words) == wire.length(read)
