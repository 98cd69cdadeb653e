"""Every example of the documents is tried: blueprints validate, commands are understood, targets exist."""

import os
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from aiotctl.cli.group import top
from tests.cli.conftest import Run, run
from tests.docs.reading import ROOT, Example, examples

__all__ = ["run"]

BLUEPRINT = "blueprint.yaml"
ELSEWHERE = "production"
"""An environment that the template leaves to its users; its plan would ask a cloud."""

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
"""The caller's: nothing is obtained anew for a test."""

TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
HARMLESS = {"validate", "plan", "show", "schema", "tools", "version", "build"}
"""Commands that change nothing but files of the project; the others are applied for real elsewhere."""


def commands() -> list[tuple[str, str]]:
    """(place, command line) of each aiotctl command."""
    return [
        (f"{example}+{number}", line)
        for example in examples("sh")
        for number, line in enumerate(example.text.splitlines(), 1)
        if line.startswith("aiotctl ")
    ]


def is_harmless(line: str) -> bool:
    name, *arguments = words_of(line)
    if name == "tools" and arguments:
        return False  # those obtain programs
    return name in HARMLESS and ELSEWHERE not in arguments


def as_parameters(found: list[tuple[str, str]]) -> list[Any]:
    return [pytest.param(line, id=place) for place, line in found]


def words_of(line: str) -> list[str]:
    return shlex.split(line, comments=True)[1:]


def laid_over(base: Any, over: Any) -> Any:
    """The press shop with what an example shows; `from:` takes the place of what was there."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {
        key: laid_over(base[key], over[key]) if key in base and key in over else over.get(key, base.get(key))
        for key in [*base, *(key for key in over if key not in base)]
    }


@pytest.fixture
def project(run: Run) -> Path:
    """A press shop of the template."""
    assert run("init", "press-shop", ".", "--defaults").code == 0
    return Path()


@pytest.mark.parametrize("example", list(examples("yaml", "csv")), ids=str)
def test_blueprints_are_valid(example: Example, project: Path, run: Run) -> None:
    assert example.title, f"{example}: which file is it?"
    for beside in examples("yaml", "csv"):
        if beside.page == example.page and beside.title != BLUEPRINT:
            (project / beside.title).parent.mkdir(parents=True, exist_ok=True)
            (project / beside.title).write_text(beside.text)
    if example.title == BLUEPRINT:
        shown = yaml.safe_load(example.text)
        base = yaml.safe_load((project / BLUEPRINT).read_text())
        (project / BLUEPRINT).write_text(
            yaml.safe_dump(shown if "blueprint" in shown else laid_over(base, shown))
        )
    ran = run("validate")
    assert ran.code == 0, ran.out + ran.err


@pytest.mark.parametrize("line", as_parameters(commands()))
def test_commands_are_understood(line: str) -> None:
    """Names of commands, options and their values are those of the command line."""
    name, *arguments = words_of(line)
    group = top()
    context = click.Context(group, info_name="aiotctl")
    command = group.get_command(context, name)
    assert command is not None, name
    command.make_context(name, arguments, parent=context)


@pytest.mark.parametrize("line", as_parameters([one for one in commands() if is_harmless(one[1])]))
def test_harmless_commands_run(line: str, project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(CACHE))  # a plan with a cloud starts the engine that is there
    ran = run(*words_of(line))
    assert ran.code == 0, ran.out + ran.err


def test_targets_exist() -> None:
    named = {
        target
        for example in examples("sh")
        for target in re.findall(r"^make ([a-z-]+)", example.text, re.MULTILINE)
    }
    assert named and named <= TARGETS
