"""Commands run in this process, with the environment that a test names and no other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from aiotctl.cli.main import main


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command in an empty folder, with a home of its own."""
    for name in [name for name in os.environ if name.startswith("AIOTCTL_")]:
        monkeypatch.delenv(name)
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    def call(*words: str) -> Ran:
        code = main(list(words))
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture
def project(run: Run) -> Path:
    """A project made from the template ``press-shop``; the commands run in it."""
    assert run("init", "press-shop", ".", "--defaults").code == 0
    return Path.cwd()


@pytest.fixture(scope="session")
def openssl_program() -> str:
    """Where openssl is; where it is not, that fails in CI and skips elsewhere."""
    found = shutil.which("openssl")
    if found is None:
        reason = "the openssl program is not there; install the package openssl"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found
