"""The wheel, installed outside the checkout, does what the checkout does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest

from aiotctl.agents.converge.procfs import arguments

from .conftest import clear, leave_nothing
from .laptop import ENVIRONMENT, Laptop

ROOT = Path(__file__).parents[2]


def ran(command: Sequence[str | Path], **options: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The bin folder of a virtual environment that has aiotctl from its wheel.

    The wheel's dependencies are those of this interpreter, which were installed from the lock file.
    """
    ran([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT])
    [wheel] = tmp_path.glob("*.whl")
    venv = tmp_path / "venv"
    ran([sys.executable, "-m", "venv", "--without-pip", venv])
    python = venv / "bin/python"
    ran([sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel])
    own = Path(ran([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    # A path file below another one's folder is not read, so the checkout itself does not come along.
    (own / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return venv / "bin"


def test_the_installed_wheel_applies_verifies_and_destroys(
    programs: None, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    laptop = Laptop(tmp_path / "shop", tmp_path / "home", (str(installed / "aiotctl"),))
    laptop.home.mkdir()
    laptop.temporary.mkdir()
    where = ran([installed / "python", "-c", "import aiotctl; print(aiotctl.__file__)"], cwd=tmp_path)
    assert Path(where).is_relative_to(installed.parent)
    try:
        laptop.run("init", "press-shop", str(laptop.folder), "--defaults", cwd=tmp_path).ok()
        laptop.apply().ok()
        laptop.wait_flowing()
        assert "press-1" in laptop.run("verify", "--env", ENVIRONMENT).ok().out
        commands = [" ".join(arguments(process.pid)) for process in laptop.processes()]
        for module in ("aiotctl.simulators", "aiotctl.agents.lake_export"):
            assert any(module in words and words.startswith(str(installed)) for words in commands), module
        leave_nothing(laptop)
    finally:
        clear(laptop)
        shutil.rmtree(laptop.folder, ignore_errors=True)
