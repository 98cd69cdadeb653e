"""The play by the backend and by plain ansible-playbook, on real services."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, cast

import pytest

from aiotctl.agents.converge.lock import root_lock
from aiotctl.agents.converge.procfs import arguments, scan
from aiotctl.backends.ansible import AnsibleBackend
from aiotctl.backends.ansible_project import LOCAL, write_project
from aiotctl.backends.hosts import (
    HostDone,
    HostEvent,
    HostFailed,
    HostProgress,
    HostRun,
    HostStarted,
    HostUnreachable,
)
from aiotctl.backends.local_probe import LocalProbe

from .rig import Rig, until

BIN = Path(sys.executable).parent
SECRET = "hunter2"


@pytest.fixture(autouse=True)
def ansible() -> None:
    if not (BIN / "ansible-playbook").exists():
        assert not os.environ.get("CI"), "ansible-playbook is missing"
        pytest.skip("ansible-playbook is missing: pip install ansible-core ansible-runner")


def host(rig: Rig, **options: Any) -> HostRun:
    return HostRun("host/plant-a/gw-1", {"ansible_connection": "local"}, rig.wanted, **options)


def play(*hosts: HostRun, cancel: Callable[[], bool] = lambda: False) -> list[HostEvent]:
    return list(AnsibleBackend().run(hosts, cancel))


def done(events: list[HostEvent]) -> dict[str, str]:
    last = events[-1]
    assert isinstance(last, HostDone), last
    return {f"{c.kind} {c.name}": c.action for c in last.changes if c.action != "ok"}


def test_applies_finds_nothing_to_do_and_destroys(rig: Rig) -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    events = play(host(rig))
    assert events[0] == HostStarted("host/plant-a/gw-1")
    told = [event.what for event in events if isinstance(event, HostProgress)]
    assert told[0] == "starting supervisord"
    assert told[-1] == "waiting for web"
    assert done(events)["service web"] == "create"
    assert LocalProbe().observe([host(rig)])[0].as_wanted
    assert not rig.apply().changed  # the same agent in this process agrees
    assert done(play(host(rig))) == {}
    assert done(play(host(rig, mode="destroy", purge_data=True)))["directory data/web"] == "delete"
    assert list(rig.place.iterdir()) == []
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_several_hosts_fail_alone(rig: Rig) -> None:
    bad = {
        **rig.wanted,
        "root": str(rig.place / "bad"),
        "files": [],
        "services": [{"name": "x", "command": ["false"]}],
    }
    bad["services"][0]["health_seconds"] = 0.2
    closed = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": "9"}
    away = HostRun("host/plant-b/gw-2", closed, rig.wanted)
    events = play(host(rig), HostRun("host/plant-a/gw-9", LOCAL, bad), away)
    ends = {e.address: e for e in events if not isinstance(e, HostStarted)}
    assert isinstance(ends["host/plant-a/gw-1"], HostDone)
    failed = ends["host/plant-a/gw-9"]
    assert isinstance(failed, HostFailed)
    assert failed.reason == "not healthy: x"
    assert "does not stay up" in failed.detail
    assert {c.kind for c in failed.changes} >= {"service", "record"}
    unreachable = ends["host/plant-b/gw-2"]
    assert isinstance(unreachable, HostUnreachable)
    assert unreachable.detail


def test_a_refusal_tells_why_and_how_to_mend(rig: Rig) -> None:
    rig.apply()
    rig.wanted["owner"]["lineage"] = "other"
    failed = play(host(rig))[-1]
    assert isinstance(failed, HostFailed)
    assert "another owner" in failed.reason
    assert "other" in failed.detail
    assert "--adopt" in failed.hint
    assert done(play(host(rig, adopt=True))) == {"record manifest.json": "update"}


def test_secrets_are_in_no_event_no_argument_and_no_file_afterwards(
    rig: Rig, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    seen: list[str] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.01):
            seen.extend(" ".join(arguments(pid)) for pid in scan() if pid != os.getpid())
            for path in tmp_path.rglob("*.json"):
                if path.exists() and "manifests" in path.parts:
                    assert path.stat().st_mode & 0o077 == 0
                    assert path.parent.stat().st_mode & 0o077 == 0

    thread = threading.Thread(target=watch)
    thread.start()
    events = play(host(rig))
    stop.set()
    thread.join()
    assert done(events)["file etc/web.secret"] == "create"
    assert SECRET not in repr(events)
    assert SECRET not in repr(host(rig))
    assert any("ansible-playbook" in line for line in seen)
    assert not any(SECRET in line for line in seen)
    assert list(tmp_path.rglob("*")) == []


def test_the_callers_ansible_settings_have_no_say(rig: Rig, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "ansible.cfg").write_text("[defaults]\nlibrary = /nowhere\nstrategy = nonsense\n")
    (tmp_path / ".ansible.cfg").write_text("[defaults]\nstrategy = nonsense\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ANSIBLE_STRATEGY", "nonsense")
    monkeypatch.setenv("ANSIBLE_CONFIG", str(tmp_path / "ansible.cfg"))
    assert done(play(host(rig)))["service web"] == "create"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".ansible.cfg", "ansible.cfg"]


def test_template_marks_in_a_manifest_stay_text(rig: Rig) -> None:
    rig.wanted["files"].append(
        {"path": "etc/t {{ 1 }}", "content": "{{ lookup('pipe', 'id') }} {% raw %} {#\n"}
    )
    done(play(host(rig)))
    assert (rig.root / "etc/t {{ 1 }}").read_text() == "{{ lookup('pipe', 'id') }} {% raw %} {#\n"


def test_closed_it_ends_at_once_and_leaves_no_process(rig: Rig, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    rig.web["health"] = {"command": ["/bin/false"]}
    rig.web["health_seconds"] = 60
    began = time.monotonic()
    events = AnsibleBackend().run([host(rig)], lambda: False)
    assert HostProgress("host/plant-a/gw-1", "waiting for web") in events  # reads on until it comes
    cast("Generator[HostEvent]", events).close()
    assert time.monotonic() - began < 20
    assert not [pid for pid in scan() if str(tmp_path) in " ".join(arguments(pid))]
    assert list(tmp_path.iterdir()) == []
    with root_lock(rig.root):
        pass  # no module works on
    del rig.web["health"]
    assert not rig.apply().failures


KILLED = """
import json, signal, sys
from aiotctl.backends.ansible import AnsibleBackend
from aiotctl.backends.hosts import HostProgress, HostRun
signal.signal(signal.SIGHUP, signal.SIG_IGN)
host = HostRun("host/plant-a/gw-1", {"ansible_connection": "local"}, json.load(sys.stdin))
for event in AnsibleBackend().run([host], lambda: False):
    if isinstance(event, HostProgress):
        signal.raise_signal(signal.SIGKILL)
"""


def test_a_play_ends_after_its_aiotctl_was_killed_below_nohup(rig: Rig, tmp_path: Path) -> None:
    rig.web["health"] = {"command": ["/bin/false"]}
    rig.web["health_seconds"] = 3
    given = json.dumps(rig.wanted).encode()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED], input=given, env={**os.environ, "TMPDIR": str(tmp_path)}, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    until(lambda: not [pid for pid in scan() if str(tmp_path) in " ".join(arguments(pid))], 30)
    with root_lock(rig.root):
        pass  # no module works on


def test_cancelled_it_ends_the_play_under_way_and_begins_no_other(rig: Rig, monkeypatch: Any) -> None:
    monkeypatch.setattr("aiotctl.backends.ansible.SLICE", 1)
    other = HostRun("host/plant-b/gw-2", LOCAL, rig.wanted)
    events = play(host(rig), other, cancel=lambda: bool(rig.processes().mains.get("web")))
    first, last = events[-2:]
    assert isinstance(first, HostDone)
    assert isinstance(last, HostFailed)
    assert (last.address, last.reason) == (other.address, "interrupted")


def test_plain_ansible_playbook_works_on_the_project(rig: Rig, tmp_path: Path) -> None:
    project = tmp_path / "bundle"
    write_project(project)
    (project / "manifests").mkdir()
    (project / "manifests/hub.json").write_text(json.dumps(rig.wanted))
    (project / "inventory").write_text(
        f"hub ansible_connection=local ansible_python_interpreter={sys.executable}\n"
    )
    assert not [p for p in project.rglob("*") if p.is_symlink()]

    def ansible_playbook(*options: str) -> str:
        command = [str(BIN / "ansible-playbook"), "-i", "inventory", "site.yml", *options]
        environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
        ran = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert SECRET not in ran.stdout + ran.stderr
        return ran.stdout

    would = ansible_playbook("--check", "--diff", "-vvv")
    assert "changed=1" in would
    assert f"+listen: 127.0.0.1:{rig.nats_port}" in would
    assert "(content not shown)" in would
    assert list(rig.place.iterdir()) == []
    assert "changed=1" in ansible_playbook()
    assert "changed=0" in ansible_playbook("--diff")
    assert not rig.apply().changed
    assert "changed=1" in ansible_playbook("-e", "converge_state=absent", "-e", "converge_purge_data=true")
    assert list(rig.place.iterdir()) == []
    shutil.rmtree(project)
