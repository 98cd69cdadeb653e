"""What is found without obtaining anything: on the PATH, among scripts, and remembered."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from aiotctl.toolbox.locate import find, unfit_on_path
from aiotctl.toolbox.pins import Wheel
from aiotctl.toolbox.settings import Settings, from_environment
from aiotctl.toolbox.tool import Origin
from tests.toolbox.conftest import greeter


def script(folder: Path, version: str) -> Path:
    """A program that tells a version and counts how often it was asked."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "greeter"
    program.write_text(f"#!/bin/sh\necho . >> {folder}/asked\necho greeter {version}\n")
    program.chmod(0o755)
    return program


def on_path(settings: Settings, folder: Path) -> Settings:
    return dataclasses.replace(
        settings, environment={**settings.environment, "PATH": f"{folder}:/usr/bin:/bin"}
    )


def test_a_program_on_the_path_is_taken_if_it_fits(settings: Settings, tmp_path: Path) -> None:
    program = script(tmp_path / "bin", "1.9.0")
    tool = find(greeter(), on_path(settings, program.parent))
    assert tool is not None
    assert (tool.path, tool.version, tool.origin) == (program, "1.9.0", Origin.PATH)


@pytest.mark.parametrize("version", ["1.1.9", "2.0.0", "unknown"])
def test_a_program_that_does_not_fit_is_left_and_told(
    settings: Settings, tmp_path: Path, version: str
) -> None:
    program = script(tmp_path / "bin", version)
    chosen = on_path(settings, program.parent)
    assert find(greeter(), chosen) is None
    assert str(program) in unfit_on_path(greeter(), chosen)


def test_a_program_that_must_not_come_from_the_path_is_not_looked_for(
    settings: Settings, tmp_path: Path
) -> None:
    program = script(tmp_path / "bin", "1.2.3")
    assert find(greeter(on_path=False), on_path(settings, program.parent)) is None


def test_a_version_is_asked_once_until_the_file_changes(settings: Settings, tmp_path: Path) -> None:
    program = script(tmp_path / "bin", "1.2.3")
    chosen = on_path(settings, program.parent)
    first = find(greeter(), chosen)
    assert find(greeter(), chosen) == first
    assert (program.parent / "asked").read_text().count(".") == 1
    script(program.parent, "1.10.0")
    again = find(greeter(), chosen)
    assert again is not None
    assert again.version == "1.10.0"
    assert first is not None
    assert again.digest != first.digest


def test_a_damaged_memory_costs_a_question_only(settings: Settings, tmp_path: Path) -> None:
    program = script(tmp_path / "bin", "1.2.3")
    settings.cache.mkdir(parents=True)
    (settings.cache / "versions.json").write_text('{"torn": [')
    assert find(greeter(), on_path(settings, program.parent)) is not None


def test_a_script_of_our_python_environment_is_a_wheels(settings: Settings, tmp_path: Path) -> None:
    program = script(tmp_path / "venv" / "bin", "1.2.3")
    pin = greeter(wheel=Wheel("greeter-bin", "1.2.3", command="greeter"))
    tool = find(pin, dataclasses.replace(settings, prefix=tmp_path / "venv"))
    assert tool is not None
    assert (tool.path, tool.origin) == (program, Origin.WHEEL)


@pytest.mark.parametrize(
    ("environment", "cache"),
    [
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/aiotctl/programs"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/aiotctl/programs"),
        ({"HOME": "/h"}, "/h/.cache/aiotctl/programs"),
    ],
)
def test_the_cache_lies_where_the_desktop_standard_says(environment: dict[str, str], cache: str) -> None:
    assert from_environment(environment).cache == Path(cache)


def test_without_a_home_the_users_own_is_looked_up() -> None:
    assert from_environment({"HOME": ""}).cache.is_absolute()


@pytest.mark.parametrize(
    ("value", "offline"), [("1", True), ("true", True), ("", False), ("0", False), ("no", False)]
)
def test_offline_is_a_switch(value: str, offline: bool) -> None:
    assert from_environment({"AIOTCTL_OFFLINE": value}).offline is offline
