"""The commands on a project: what they print and what they return."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from aiotctl.errors import AiotctlError
from aiotctl.stores import open_store
from tests.cli.conftest import Run


def messages(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_sound_blueprint_is_valid(project: Path, run: Run) -> None:
    done = run("validate")
    assert done.code == 0
    assert done.out.startswith("blueprint.yaml is valid: ")


def test_findings_are_5_and_in_every_format_they_are_the_same(project: Path, run: Run) -> None:
    path = project / "blueprint.yaml"
    path.write_text(path.read_text().replace("uint16", "uint61"))
    human = run("validate")
    assert human.code == 5
    assert "Did you mean `uint64`" in human.out
    assert "^^^^^^" in human.out
    told = messages(run("validate", "--format", "json").out)
    assert [message["type"] for message in told[:2]] == ["version", "diagnostic"]
    assert told[-1]["valid"] is False
    number = told[-1]["errors"]
    assert len(run("validate", "--format", "github").out.splitlines()) == number
    sarif = json.loads(run("validate", "--format", "sarif").out)
    assert len(sarif["runs"][0]["results"]) == number
    assert run("plan").code == 5


def test_plan_has_an_exit_code_for_changes(project: Path, run: Run) -> None:
    assert run("plan").code == 0
    assert run("plan", "--detailed-exitcode").code == 2
    told = messages(run("plan", "--json").out)
    assert told[0]["type"] == "version"
    assert {message["type"] for message in told[1:-1]} == {"planned_change"}
    assert told[-1]["type"] == "change_summary"


def test_plan_is_found_from_a_folder_below_and_by_name(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = project / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert run("plan").code == 0
    monkeypatch.chdir("/")
    assert f"--project {project}" in run("plan", "--project", str(project)).out


def test_selection_of_nothing_is_wrong_usage(project: Path, run: Run) -> None:
    assert run("plan", "--target", "host/nowhere").code == 64
    assert run("plan", "--site", "nowhere").code == 64


def test_apply_asks_nobody_where_there_is_no_terminal(project: Path, run: Run) -> None:
    done = run("apply")
    assert done.code == 64
    assert "--yes" in done.err


def test_a_torn_plan_is_stale(project: Path, run: Run) -> None:
    assert run("plan", "--out", "saved").code == 0
    saved = project / "saved"
    assert saved.stat().st_mode & 0o777 == 0o600
    saved.write_bytes(saved.read_bytes()[:-20])
    assert run("apply", "saved").code == 7


def test_unlock_of_what_is_not_locked_is_an_error(project: Path, run: Run) -> None:
    assert run("unlock", "1234").code == 1


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_command_that_breaks_a_lock_works_as_it_was_told(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch, elsewhere: bool
) -> None:
    with (project / "blueprint.yaml").open("a") as blueprint:
        blueprint.write("  bench: {simulate: devices}\n")
    state = project / ".aiotctl" / "bench"
    where = ["--project", str(project)] if elsewhere else []
    if elsewhere:
        monkeypatch.chdir(project.parent)
    with suppress(AiotctlError), open_store(state, lambda _: None).lock("apply", 0):
        refused = run("apply", "--env", "bench", "--yes", *where)
        assert refused.code == 6
        command = refused.err.split("break the lock: `")[1].split("`")[0]
        assert shlex.split(command)[0] == "aiotctl"
        broken = run(*shlex.split(command)[1:])
        assert (broken.code, broken.out) == (0, "The lock of environment bench is broken.\n")
        assert not (state / "lock.json").exists()


def test_destroy_of_nothing_is_done_at_once(project: Path, run: Run) -> None:
    assert run("destroy", "--yes").code == 0


def test_an_unknown_environment_is_told_with_those_there_are(project: Path, run: Run) -> None:
    done = run("destroy", "--yes", "--env", "moon")
    assert done.code == 64
    assert "laptop" in done.err


def test_schema_is_written_whole(run: Run) -> None:
    printed = run("schema").out
    assert run("schema", "--out", "schema.json").code == 0
    assert Path("schema.json").read_text() == printed
    assert json.loads(printed)["type"] == "object"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(run: Run, shell: str) -> None:
    assert f"_AIOTCTL_COMPLETE={shell}_complete" in run("completion", shell).out


@pytest.mark.parametrize(
    ("words", "proposed"),
    [
        ("aiotctl val", "validate"),
        ("aiotctl plan --det", "--detailed-exitcode"),
        ("aiotctl plan --env lap", "laptop"),
    ],
)
def test_completion_knows_commands_options_and_environments(project: Path, words: str, proposed: str) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_AIOTCTL_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-m", "aiotctl"],
        env={**os.environ, **asked},
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"plain,{proposed}\n"


def test_build_writes_files_below_the_project(project: Path, run: Run) -> None:
    assert run("build").code == 0
    assert (project / "build" / "laptop" / "index.json").is_file()
    (told,) = [one for one in messages(run("build", "--json").out) if one["type"] == "built"]
    assert told["bound"] is False


def test_show_tells_where_a_value_comes_from(project: Path, run: Run) -> None:
    done = run("show", "site/plant-a/device/press-1/point/pressure")
    assert done.code == 0
    assert "blueprint.yaml:" in done.out
    assert "default" in done.out
    refused = run("show", "site/plant-b")
    assert refused.code == 64
    assert "Did you mean `plant-a`" in refused.err
    told = messages(run("show", "--json").out)
    assert "site/plant-a" in told[-1]["addresses"]  # type: ignore[operator]


@pytest.mark.parametrize("command", ["status", "verify", "logs"])
def test_what_was_never_applied_cannot_be_looked_at(project: Path, run: Run, command: str) -> None:
    done = run(command)
    assert done.code == 1
    assert "aiotctl apply" in done.err


def test_status_does_not_need_a_sound_blueprint(project: Path, run: Run) -> None:
    path = project / "blueprint.yaml"
    path.write_text(path.read_text().replace("uint16", "uint61"))
    assert "Nothing has been applied" in run("status").err


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", "--fault", "press-1"],
        ["simulate", "--running", "--fault", "press-1=tired"],
        ["simulate", "--counter", "press-1"],
        ["simulate", "--device", "press-9"],
        ["read", "press-1"],
        ["read", "site/plant-a/device/press-1/point/presure"],
        ["verify", "--wait", "soon"],
    ],
)
def test_what_cannot_be_understood_is_wrong_usage(project: Path, run: Run, words: list[str]) -> None:
    done = run(*words)
    assert "to mend it" in done.err
    assert done.code in (1, 64)


def test_tools_lists_programs(run: Run) -> None:
    told = messages(run("tools", "--json").out)
    names = {message["name"] for message in told[1:]}
    assert {"telegraf", "nats-server"} <= names
