"""Machines looked at from afar: what is there, what differs, and nothing left behind."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aiotctl.agents.converge import __file__ as converge
from aiotctl.backends.hosts import HostObservation, HostRun
from aiotctl.backends.remote_logs import last_lines
from aiotctl.backends.remote_probe import RemoteProbe
from aiotctl.errors import AiotctlError
from tests.hosts.fleet import Fleet
from tests.hosts.image import CLERK_PASSWORD
from tests.hosts.machine import Machine

OWNER = {"blueprint": "press-shop", "environment": "pilot", "lineage": "0123456789abcdef"}
ROOT = "/var/lib/aiotctl/01234567"
SECRET = "the content of no finding"


def manifest(machine: Machine) -> dict[str, Any]:
    return {
        "version": 1,
        "owner": OWNER,
        "host": f"host/{machine.name}",
        "root": ROOT,
        "runtime": "systemd",
        "programs": [],
        "directories": [{"path": "data/box", "mode": "0700"}],
        "files": [{"path": "etc/box.conf", "content": SECRET, "mode": "0640", "secret": True}],
        "services": [{"name": "box", "command": ["/bin/sleep", "1000"], "files": ["etc/box.conf"]}],
    }


def look(*machines: Machine, **more: Any) -> Mapping[str, HostObservation]:
    places = {f"host/{machine.name}": machine.place() for machine in machines}
    batch = [HostRun(f"host/{machine.name}", {}, manifest(machine), **more) for machine in machines]
    return {seen.address: seen for seen in RemoteProbe(places).observe(batch)}


def converge_by_hand(machine: Machine, tmp_path: Path) -> None:
    """What a play does, without Ansible."""
    package = tmp_path / "pack" / "agent"
    shutil.copytree(Path(converge).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pack" / "__main__.py").write_text(
        "import sys, json; from agent.entry import answer\n"
        "result = answer(sys.stdin.read()); print(json.dumps(result)); sys.exit(result['failed'])\n"
    )
    archive = shutil.make_archive(str(tmp_path / "agent"), "zip", tmp_path / "pack")
    machine.run("cat >/root/agent.zip", Path(archive).read_bytes()).ok()
    machine.run("python3 -B /root/agent.zip", json.dumps(manifest(machine)).encode()).ok()
    machine.run("rm /root/agent.zip").ok()


@pytest.fixture(scope="module")
def fresh(fleet: Fleet) -> Iterator[Machine]:
    """A machine as new, before and after."""
    fleet.renew("gw-1")
    yield fleet["gw-1"]
    fleet.renew("gw-1")


@pytest.fixture
def box(fresh: Machine, dialled: Fleet, tmp_path: Path) -> Machine:
    """The machine as its manifest says."""
    converge_by_hand(fresh, tmp_path)
    return fresh


def test_an_empty_machine_lacks_everything_and_gets_nothing(dialled: Fleet) -> None:
    machine = dialled["gw-2"]
    dialled.renew(machine.name)
    before = machine.snapshot()
    seen = look(machine)["host/gw-2"]
    assert {(one.kind, one.name, one.action) for one in seen.changes} >= {
        ("directory", "data/box", "create"),
        ("file", "etc/box.conf", "create"),
        ("service", "box", "create"),
    }
    assert before.differences(machine.snapshot()) == []


def test_a_machine_as_wanted_and_one_that_cannot_be_reached(box: Machine, dialled: Fleet) -> None:
    dialled["gw-2"].disconnect()
    try:
        seen = look(box, dialled["gw-2"])
    finally:
        dialled["gw-2"].connect()
    assert seen["host/gw-1"].as_wanted, seen
    assert not seen["host/gw-2"].as_wanted
    assert "cannot be reached" in seen["host/gw-2"].error


@pytest.mark.parametrize(
    ("damage", "item"),
    [
        (f"echo changed >{ROOT}/etc/box.conf", "etc/box.conf"),
        (f"rm {ROOT}/etc/box.conf", "etc/box.conf"),
        (f"chmod 0644 {ROOT}/etc/box.conf", "etc/box.conf"),
        ("systemctl stop aiotctl-box", "box"),
        ("systemctl kill --signal=KILL aiotctl-box; systemctl stop aiotctl-box", "box"),
        ("echo '# more' >>/etc/systemd/system/aiotctl-box.service", "aiotctl-box.service"),
    ],
)
def test_drift_is_named(box: Machine, damage: str, item: str) -> None:
    box.run(damage).ok()
    seen = look(box)["host/gw-1"]
    assert [one for one in seen.changes if item in one.name and one.drift], seen
    assert SECRET not in repr(seen)


def test_what_a_removal_would_take_away(box: Machine) -> None:
    seen = look(box, mode="destroy")["host/gw-1"]
    assert {one.action for one in seen.changes} == {"delete"}


def test_another_owner(box: Machine) -> None:
    theirs = {**manifest(box), "owner": {**OWNER, "lineage": "another"}}
    (seen,) = RemoteProbe({"host/gw-1": box.place()}).observe([HostRun("host/gw-1", {}, theirs)])
    assert "belongs to another owner" in seen.error


def test_sudo_with_a_password(box: Machine) -> None:
    run, places = HostRun("host/gw-1", {}, manifest(box)), {"host/gw-1": box.place(user="clerk")}
    assert RemoteProbe(places, {"host/gw-1": CLERK_PASSWORD}).observe([run])[0].as_wanted
    assert "sudo asks for a password" in RemoteProbe(places).observe([run])[0].error


def test_a_machine_without_a_python_that_fits(dialled: Fleet) -> None:
    machine = dialled["gw-2"]
    machine.run("mv /usr/bin/python3 /usr/bin/python3.away").ok()
    try:
        assert "python3" in look(machine)["host/gw-2"].error
        # Says of itself that it is old, and is as good as one for what is asked of it first.
        old = "import sys; sys.version_info = (3, 9, 2); exec(sys.argv[4])"
        wrapper = f"#!/bin/sh\nexec /usr/bin/python3.11 -c '{old}' \"$@\"\n"
        machine.run("cat >/usr/bin/python3; chmod 0755 /usr/bin/python3", wrapper.encode()).ok()
        assert "3.9.2" in look(machine)["host/gw-2"].error
    finally:
        machine.run("mv /usr/bin/python3.away /usr/bin/python3").ok()


def test_the_last_lines_of_a_service(box: Machine) -> None:
    words = "for n in 1 2 3; do echo line $n; done"
    box.run(f"systemd-run --wait --unit=aiotctl-talker sh -c '{words}'").ok()
    assert "line 1\nline 2\nline 3\n" in last_lines(box.place(), "talk*", 100)
    assert len(last_lines(box.place(), "talker", 2).splitlines()) == 2
    assert last_lines(box.place(), "never-there", 5) == ""
    with pytest.raises(AiotctlError, match="host-unreachable"):
        last_lines(replace(box.place(), port=9), "talker", 5)
