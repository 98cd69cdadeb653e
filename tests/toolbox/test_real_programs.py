"""The programs themselves: each is there, runs, and is what its pin says."""

from __future__ import annotations

import subprocess

import pytest

from aiotctl.toolbox.locate import locate
from aiotctl.toolbox.obtain import ensure
from aiotctl.toolbox.pins import pins
from aiotctl.toolbox.versions import ask

RUN = [name for name, pin in pins().items() if not pin.for_building]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", RUN)
def test_a_program_is_obtained_runs_and_is_located_again(name: str) -> None:
    pin = pins()[name]
    tool = ensure([name], lambda event: None)[name]
    program = tool.path / pin.command if pin.is_tree else tool.path
    assert ask(pin, program) == tool.version
    assert pin.fits(tool.version)
    assert locate(name) == tool


def test_telegraf_has_every_plugin_of_its_tags() -> None:
    telegraf = ensure(["telegraf"], lambda event: None)["telegraf"]
    command = [str(telegraf.path), "config"]
    sample = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    recipe = pins()["telegraf"].build
    assert recipe is not None
    plugins = [
        tag for tag in recipe.tags() if tag.startswith(("inputs.", "processors.", "aggregators.", "outputs."))
    ]
    assert [plugin for plugin in plugins if f"[[{plugin}]]" not in sample] == []
