"""Help: complete, true, and quick."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from aiotctl.cli import commands
from aiotctl.cli.discovery import summaries
from aiotctl.cli.group import top
from tests.cli.conftest import Run

MODULES = sorted(path.stem for path in Path(commands.__file__).parent.glob("[!_]*.py"))


def test_top_help_lists_every_command_with_the_first_line_of_its_module(run: Run) -> None:
    text = run("--help").out
    for name in MODULES:
        summary = import_module(f"aiotctl.cli.commands.{name}").__doc__.split("\n")[0]
        assert summaries()[name] == summary
        assert f"  {name} " in text
        assert summary.split()[0] in text


def test_quick_help_is_the_help_of_the_command_line_itself(run: Run) -> None:
    quick = run("--help")
    slow = run("--quiet", "--help")
    assert quick.out == slow.out
    assert (quick.code, slow.code) == (0, 0)
    options = {flag for parameter in top().params for flag in parameter.opts}
    assert all(flag in quick.out for flag in options)


@pytest.mark.parametrize("name", MODULES)
def test_each_command_explains_itself(run: Run, name: str) -> None:
    shown = run(name, "--help")
    assert shown.code == 0
    assert shown.out.startswith(f"Usage: aiotctl {name}")
    assert "Common options:" in shown.out
    assert "\\[" not in shown.out


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from aiotctl.cli.main import main; main(['--help']);"
        "print(sorted({'click', 'typer', 'rich', 'yaml', 'dataclasses'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_no_command_needs_rich_or_the_pipeline_to_be_loaded() -> None:
    script = (
        "import sys; from aiotctl.cli.command import load\n"
        "from aiotctl.cli.discovery import module_name, summaries\n"
        "for name in summaries(): load(name, module_name(name))\n"
        "print(sorted({'rich', 'yaml', 'aiotctl.pipeline', 'aiotctl.session', 'copier'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
