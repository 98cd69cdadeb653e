"""The commands on an environment that runs: applied on a terminal, interrupted, finished, and looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.e2e.conftest import made, programs
from tests.e2e.laptop import FLOWING_S, Laptop

__all__ = ["programs"]

PRESS = "site/plant-a/device/press-1"


def on_a_terminal(laptop: Laptop, *words: str) -> Any:
    """A command with a person in front of it."""
    environ = {name: value for name, value in laptop.environ.items() if name != "CI"} | {
        "TERM": "xterm-256color"
    }
    return pexpect.spawn(
        laptop.command[0],
        [*laptop.command[1:], *words],
        cwd=str(laptop.folder),
        env=environ,
        dimensions=(40, 100),
        encoding="utf-8",
        timeout=120,
    )


def messages(laptop: Laptop, *words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in laptop.run(*words, "--json").out.splitlines()]


@pytest.fixture(scope="module")
def laptop(programs: None) -> Iterator[Laptop]:
    """A press shop whose first apply is declined once, interrupted once, and then goes on to its end."""
    with made("press-shop") as project:
        declined = on_a_terminal(project, "apply")
        declined.expect("Make it so")
        declined.sendline("n")
        declined.expect(pexpect.EOF)
        declined.close()
        assert declined.exitstatus == 1
        assert not (project.state / "record.json").exists()

        interrupted = on_a_terminal(project, "apply")
        interrupted.expect("Make it so")
        interrupted.sendline("y")
        interrupted.expect("host/hub")
        interrupted.expect("creating|host/hub")
        interrupted.sendintr()
        interrupted.expect("Ctrl-C again kills it")
        interrupted.expect("To go on from here: .*aiotctl apply --env laptop")
        interrupted.expect(pexpect.EOF)
        interrupted.close()
        assert interrupted.exitstatus == 130

        project.apply().ok()
        yield project


def test_verify_waits_until_all_flows(laptop: Laptop) -> None:
    done = laptop.run("verify", "--wait", f"{FLOWING_S:g}s")
    assert done.code == 0, done.out
    assert "oil_temperature" in done.out
    told = messages(laptop, "verify", PRESS)
    assert {one["device"] for one in told if one["type"] == "series"} == {"press-1"}
    assert told[-1]["ok"] is True


def test_verify_names_a_device_that_is_offline(laptop: Laptop) -> None:
    laptop.run("verify", "--wait", f"{FLOWING_S:g}s").ok()
    steered = messages(laptop, "simulate", "--running", "--fault", f"{PRESS}=offline")
    assert [one["faults"] for one in steered if one.get("device") == PRESS] == [["offline"]]
    point = f"{PRESS}/point/pressure"
    try:
        for _ in range(60):
            told = messages(laptop, "verify", point)
            if told[-1]["ok"] is False:
                break
        assert laptop.run("verify", point).code == 8
        refused = laptop.run("read", point)
        assert refused.code == 4
        assert "to mend it" in refused.err
    finally:
        laptop.run("simulate", "--running", "--fault", f"{PRESS}=none").ok()
    assert laptop.run("verify", point, "--wait", f"{FLOWING_S:g}s").code == 0


def test_watch_looks_again_until_ctrl_c(laptop: Laptop) -> None:
    child = on_a_terminal(laptop, "verify", "--watch", PRESS)
    child.expect("oil_temperature")
    child.expect("oil_temperature", timeout=30)
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus in (0, 8)
    assert "Traceback" not in (child.before or "")


def test_status_tells_services_and_devices(laptop: Laptop) -> None:
    done = laptop.run("status")
    assert done.code == 0, done.out
    told = messages(laptop, "status")
    services = {one["address"]: one for one in told if one["type"] == "service_status"}
    assert services["host/plant-a/gw-1/service/telegraf"]["health"] == "running"
    devices = {one["address"]: one for one in told if one["type"] == "device_status"}
    assert devices[PRESS]["age_s"] < FLOWING_S


@pytest.mark.parametrize("device", ["press-1", "chiller-1", "vib-1"])
def test_read_asks_the_device_itself(laptop: Laptop, device: str) -> None:
    told = [
        one for one in messages(laptop, "read", f"site/plant-a/device/{device}") if one["type"] == "reading"
    ]
    assert told
    assert all(one["quality"] == 0 and one["raw"] for one in told if device != "chiller-1")
    raw = laptop.run("read", f"{PRESS}/point/pressure", "--raw").ok().out
    assert "as declared" in raw
    assert "byte order" in raw


def test_logs_of_one_service_and_of_all(laptop: Laptop) -> None:
    one = messages(laptop, "logs", "nats", "--lines", "3")[1:]
    assert [line["service"] for line in one] == ["host/hub/service/nats"] * 3
    assert "plant-a/gw-1 telegraf" in laptop.run("logs").ok().out
    assert laptop.run("logs", "nothing-such").code == 64


def test_follow_shows_what_comes(laptop: Laptop) -> None:
    child = on_a_terminal(laptop, "logs", "field", "--lines", "1", "--follow")
    child.expect("serving")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_build_with_bindings_is_private_and_what_runs(laptop: Laptop, tmp_path: Path) -> None:
    folder = tmp_path / "built"
    laptop.run("build", "--bindings", "--out", str(folder)).ok()
    assert folder.stat().st_mode & 0o077 == 0
    manifest = folder / "manifests" / "host" / "hub.json"
    assert manifest.stat().st_mode & 0o777 == 0o600
    wanted = {file["path"]: file["content"] for file in json.loads(manifest.read_text())["files"]}
    for path, content in wanted.items():
        assert (laptop.root("host/hub") / path).read_text() == content


def test_a_plan_saved_before_another_apply_is_stale(laptop: Laptop) -> None:
    laptop.edit("{pressure: 0.2 bar, at_least_every: 60s}", "{pressure: 0.4 bar, at_least_every: 60s}")
    laptop.run("plan", "--out", "saved").ok()
    assert laptop.run("plan", "--detailed-exitcode").code == 2
    laptop.run("apply", "saved").ok()
    assert laptop.run("plan", "--detailed-exitcode").code == 0
    done = laptop.run("apply", "saved")
    assert done.code == 7
    assert "stale" in done.err
