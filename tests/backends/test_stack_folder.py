"""The folder of a stack as it is emitted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aiotctl.backends.stack_folder import stack_folder
from aiotctl.model.cloud import Arguments, Network
from aiotctl.shipped import shipped

LOCKED = Path(__file__).parents[2] / "requirements" / "dev.lock"


def emitted(cloud: str) -> dict[str, str]:
    asked = Arguments(cloud, "r", "press-shop", "pilot", "o", False, Network("10.0.0.0/16"))
    return {file.path: file.content.decode() for file in stack_folder("stack/hub", asked, shipped("stacks"))}


@pytest.mark.parametrize(("cloud", "many"), [("lab", 1), ("aws", 2), ("azure", 2), ("gcp", 2)])
def test_libraries_are_those_that_its_program_is_tested_with(cloud: str, many: int) -> None:
    locked = set(re.findall(r"^[a-z-]+==[0-9.]+", LOCKED.read_text(), re.MULTILINE))
    wanted = emitted(cloud)["requirements.txt"].split()
    assert len(wanted) == many
    assert set(wanted) <= locked
