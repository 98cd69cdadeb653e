"""What is typed wrongly, what goes wrong, and what the exit code says of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aiotctl.cli.commands import version
from tests.cli.conftest import Run

PROGRAM = [sys.executable, "-c", "import sys; from aiotctl.cli.main import main; sys.exit(main())"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Usage: aiotctl"),
        (["vresion"], "Did you mean version?"),
        (["version", "--jsn"], "--json"),
        (["version", "surplus"], "unexpected extra argument"),
        (["validate", __file__], "name it with --project"),
        (["validate", "--file", "x"], "No such option '--file'.\n"),
        (["--project", "/nowhere", "version"], "does not exist"),
        (["validate", "--format", "xml"], "xml"),
        (["validate"], "There is no project here"),
        (["version", "--json", "--json-into", "f"], "--json-into"),
        (["tools", "list", "emacs"], "emacs"),
        (["no\x1b[31mway"], "no\\x1b[31mway"),
    ],
)
def test_wrong_usage_is_64_and_told_on_standard_error(run: Run, words: list[str], told: str) -> None:
    done = run(*words)
    assert done.code == 64
    assert told in done.err
    assert done.out == ""


def test_options_may_stand_before_the_command_or_in_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = run("version", "--json")
    assert [json.loads(line)["type"] for line in after.out.splitlines()] == ["version", "versions"]
    assert run("--json", "version").out == after.out
    monkeypatch.setenv("AIOTCTL_JSON", "1")
    assert run("version").out == after.out
    monkeypatch.setenv("AIOTCTL_JSON", "0")
    assert run("version").out.startswith("aiotctl ")


def test_own_options_are_mirrored_in_the_environment(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOTCTL_FORMAT", "sarif")
    assert json.loads(run("validate").out)["version"] == "2.1.0"


def test_messages_go_into_a_file_beside_the_text(run: Run) -> None:
    assert run("version", "--json-into", "messages").out.startswith("aiotctl ")
    assert json.loads(Path("messages").read_text().splitlines()[1])["type"] == "versions"


def test_a_defect_is_told_in_two_lines_and_its_traceback_is_in_a_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fall(*_: object) -> None:
        raise RuntimeError("\x1b[31mred\nsecond line")

    monkeypatch.setattr(version, "platform", fall)
    monkeypatch.setattr(version.context, "of", fall)
    done = run("version")
    assert done.code == 1
    assert "Traceback" not in done.err
    assert "\\x1b[31mred" in done.err
    (log,) = (tmp_path / "state" / "aiotctl").iterdir()
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    assert str(log) in done.err


def test_a_system_error_is_told_in_the_systems_words(run: Run, tmp_path: Path) -> None:
    done = run("version", "--json-into", str(tmp_path / "nowhere" / "file"))
    assert done.code == 1
    assert done.err == f"error: {tmp_path}/nowhere/file: No such file or directory\n"


def test_a_reader_that_goes_away_is_no_error_worth_a_word() -> None:
    first, second = os.pipe()
    os.close(first)
    done = subprocess.run([*PROGRAM, "schema"], stdout=second, stderr=subprocess.PIPE, check=False)
    os.close(second)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("words", [["--help"], ["schema"]])
def test_a_full_disk_is_told(words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr == b"error: No space left on device\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_a_command_with_their_code(number: signal.Signals, code: int) -> None:
    script = (
        "import os, sys; from aiotctl.cli import program\n"
        f"program.top = lambda: os.kill(os.getpid(), {number.value})\n"
        "sys.exit(program.run(['version']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


HOSTS = "    hosts: {hub-1: {address: 192.0.2.1}}\n"


@pytest.mark.parametrize(
    ("second", "code", "told"),
    [
        ("  works:\n" + HOSTS, 1, "aiotctl apply --env laptop"),  # the local one is meant
        ("  bench: {}\n", 64, "There are: laptop, lab, pilot, bench"),
        ("  bench: {}\n  works:\n" + HOSTS, 64, "There are: laptop, lab, pilot, bench, works"),
    ],
)
def test_the_only_local_environment_need_not_be_named(
    project: Path, run: Run, second: str, code: int, told: str
) -> None:
    with (project / "blueprint.yaml").open("a") as blueprint:
        blueprint.write(second)
    done = run("status")
    assert (done.code, told in done.err) == (code, True), done.err
