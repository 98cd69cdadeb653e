"""What is left of the folder and the play of an aiotctl that was killed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiotctl.backends.private_folder import PREFIX, private_folder, sweep


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def worker(temporary: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that reads a folder of nobody's, and waits for ever."""
    folder = temporary / f"{PREFIX}left"
    folder.mkdir(mode=0o700)
    with subprocess.Popen(_waiting(folder), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_a_play_whose_aiotctl_was_killed_is_ended(temporary: Path, worker: subprocess.Popen[bytes]) -> None:
    sweep()
    assert worker.wait(5) == -9
    assert list(temporary.iterdir()) == []


def test_a_play_whose_aiotctl_lives_works_on(temporary: Path) -> None:
    with private_folder() as folder, subprocess.Popen(_waiting(folder), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        sweep()
        assert process.poll() is None
        assert list(temporary.iterdir()) == [folder]
        process.kill()
    assert list(temporary.iterdir()) == []


def _waiting(folder: Path) -> list[str]:
    return [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)", f"{folder}/inventory"]
