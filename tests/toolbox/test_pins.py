"""The pins agree with the package's own dependencies and with the modules that travel with them."""

from __future__ import annotations

import platform
import re
import tomllib
from pathlib import Path

import pytest

from aiotctl.toolbox.digest import keys
from aiotctl.toolbox.pins import Pin, pins

ROOT = Path(__file__).parents[2]
REPLACED = {
    "pulumi": [
        (
            "replace github.com/atotto/clipboard => "
            "github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e"
        )
    ]
}
"""What the modules' own go.mod replaces: a replacement holds in the main module alone, so it is copied."""
LOCK = (ROOT / "requirements" / "run.lock").read_text()


@pytest.mark.parametrize("pin", pins().values(), ids=lambda pin: pin.name)
def test_a_pinned_version_fits_itself(pin: Pin) -> None:
    assert pin.fits(pin.version)
    assert re.compile(pin.version_pattern).groups == 1
    assert keys(pin, platform.machine()), "there is a way to have it"


@pytest.mark.parametrize("pin", [pin for pin in pins().values() if pin.wheel], ids=lambda pin: pin.name)
def test_a_wheel_is_locked_at_the_pinned_version(pin: Pin) -> None:
    assert pin.wheel is not None
    if pin.wheel.sha256:
        assert not pin.wheel.command, "only trees are fetched"
    else:
        assert f"\n{pin.wheel.distribution}=={pin.wheel.version} " in LOCK


@pytest.mark.parametrize("pin", [pin for pin in pins().values() if pin.build], ids=lambda pin: pin.name)
def test_a_module_pins_the_version_that_is_built(pin: Pin) -> None:
    assert pin.build is not None
    module = (pin.build.folder / "go.mod").read_text()
    path, _, _ = pin.build.package.partition("/cmd/")
    assert f"{path} v{pin.version}" in module
    assert f"{path} v{pin.version} h1:" in (pin.build.folder / "go.sum").read_text()
    replaced = [line for line in module.splitlines() if line.startswith("replace ")]
    assert replaced == REPLACED.get(pin.name, [])
    tags = pin.build.tags()
    assert len(set(tags)) == len(tags)


def test_both_lock_files_agree_and_name_no_place_to_fetch_from() -> None:
    dev = (ROOT / "requirements" / "dev.lock").read_text()
    pinned = re.findall(r"^(\S+==\S+)", LOCK, re.MULTILINE)
    assert len(pinned) > 50
    assert [line for line in pinned if f"{line} " not in dev] == []
    assert "://" not in LOCK + dev


def test_the_lock_holds_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[\[<>=~! ]", line, maxsplit=1)[0].lower() for line in project["dependencies"]]
    assert [name for name in names if not re.search(rf"^{re.escape(name)}==", LOCK, re.MULTILINE)] == []
