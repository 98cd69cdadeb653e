"""Converging a root with real services: first apply, changes, drift, removal, refusals."""

from __future__ import annotations

import json
import os
import socket
import stat
import urllib.request
from pathlib import Path

import pytest

from aiotctl.agents.converge.errors import BusyError, ConvergeError, OwnerError, PortError
from aiotctl.agents.converge.lock import root_lock
from aiotctl.agents.converge.procfs import look_at
from aiotctl.agents.converge.state import read_state

from .rig import NATS, OWNER, Rig, actions, drift, until


def tree(top: Path) -> dict[str, tuple[int, int]]:
    """Everything below a folder with mode and time of change."""
    return {
        str(path.relative_to(top)): (path.lstat().st_mode, path.lstat().st_mtime_ns)
        for path in top.rglob("*")
    }


def answer(rig: Rig) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{rig.web_port}/", timeout=5) as response:
        return response.read().decode()


def test_first_apply_and_then_nothing(rig: Rig) -> None:
    first = rig.apply()
    assert actions(first)["service nats"] == "create"
    assert actions(first)["file etc/nats.conf"] == "create"
    assert answer(rig) == "first"
    before = tree(rig.root)
    second = rig.apply()
    assert not second.changed
    assert {c.kind for c in second.changes} == {"directory", "program", "file", "service"}
    assert tree(rig.root) == before
    assert stat.S_IMODE((rig.root / "manifest.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((rig.root / "etc/nats.conf").stat().st_mode) == 0o600
    assert len(rig.lines("starts")) == 1


def test_check_changes_nothing(rig: Rig) -> None:
    would = rig.check()
    assert actions(would)["service web"] == "create"
    assert not rig.root.parent.exists()
    rig.apply()
    rig.web["environment"] = {"ANSWER": "second"}
    before = tree(rig.root)
    assert actions(rig.check())["service web"] == "restart"
    assert tree(rig.root) == before
    assert answer(rig) == "first"


def test_a_changed_definition_restarts_that_service_alone(rig: Rig) -> None:
    rig.apply()
    nats = rig.pid("nats")
    rig.web["environment"] = {"ANSWER": "second"}
    assert actions(rig.apply())["service web"] == "restart"
    assert answer(rig) == "second"
    assert rig.pid("nats") == nats


def test_a_changed_file_reloads_or_restarts_as_told(rig: Rig) -> None:
    rig.apply()
    web, nats = rig.pid("web"), rig.pid("nats")
    rig.file("etc/web.secret")["content"] = "hunter3\n"
    rig.file("etc/nats.conf")["content"] += "# changed\n"
    done = actions(rig.apply())
    assert (done["service web"], done["service nats"]) == ("reload", "restart")
    assert rig.pid("web") == web
    assert rig.pid("nats") != nats
    until(lambda: len(rig.lines("reloads")) == 1)
    assert not rig.apply().changed


def test_on_change_none_leaves_the_service_alone(rig: Rig) -> None:
    rig.web["on_change"] = "none"
    rig.apply()
    rig.file("etc/web.secret")["content"] = "hunter3\n"
    assert "service web" not in actions(rig.apply())
    assert not rig.apply().changed
    assert not rig.lines("reloads")


def test_a_changed_stop_signal_takes_effect(rig: Rig) -> None:
    rig.apply()
    rig.web["stop_signal"] = "INT"
    assert actions(rig.apply())["service web"] == "restart"
    assert "stopsignal = INT" in (rig.root / "run/supervisord.conf").read_text()
    assert not rig.apply().changed
    assert answer(rig) == "first"


def test_what_is_no_longer_wanted_goes(rig: Rig) -> None:
    rig.wanted["files"].append({"path": "etc/deep/er/old.conf", "content": "old"})
    rig.wanted["directories"].append({"path": "cache/web"})
    rig.apply()
    (rig.root / "data/web/kept").write_text("kept")
    web = rig.pid("web")
    rig.wanted["files"] = [rig.file("etc/nats.conf")]
    rig.wanted["services"].pop()
    rig.wanted["directories"] = rig.wanted["directories"][:1]
    done = actions(rig.apply())
    assert done["service web"] == "delete"
    assert done["file etc/deep/er/old.conf"] == "delete"
    assert look_at(web) is None
    assert not (rig.root / "etc/deep").exists()
    assert not (rig.root / "cache").exists()
    assert not list((rig.root / "logs").glob("web.log*"))
    assert not list((rig.root / "run").glob("web.*"))
    assert (rig.root / "data/web/kept").read_text() == "kept"
    assert not rig.apply().changed
    assert actions(rig.apply(purge_data=True))["directory data/web"] == "delete"
    assert not (rig.root / "data/web").exists()


def test_drift_is_named_and_mended(rig: Rig) -> None:
    rig.apply()
    (rig.root / "etc/nats.conf").write_text("listen: 127.0.0.1:1\n")
    (rig.root / "etc/web.py").chmod(0o666)
    (rig.root / "etc/web.secret").unlink()
    (rig.root / "data/nats").chmod(0o755)
    (rig.root / "etc/mine.txt").write_text("mine")
    found = drift(rig.check())
    assert found["file etc/nats.conf"] == "its content was changed by hand"
    assert found["file etc/web.py"] == "mode is 0666, wanted 0644"
    assert found["file etc/web.secret"] == "it was removed by hand"
    assert found["directory data/nats"] == "mode is 0755, wanted 0700"
    assert found["file etc/mine.txt"] == "not put there by aiotctl; left alone"
    rig.apply()
    assert not actions(rig.check())
    assert (rig.root / "etc/mine.txt").read_text() == "mine"
    assert (rig.root / "etc/web.secret").read_text() == "hunter2\n"


def test_another_owner_is_refused_and_may_adopt(rig: Rig) -> None:
    rig.apply()
    before = tree(rig.root)
    rig.wanted["owner"] = {**OWNER, "lineage": "other"}
    with pytest.raises(OwnerError, match="other"):
        rig.apply()
    with pytest.raises(OwnerError):
        rig.check()
    with pytest.raises(OwnerError):
        rig.destroy()
    assert tree(rig.root) == before
    assert set(actions(rig.apply(adopt=True))) == {"record manifest.json"}
    assert not rig.apply().changed


def test_a_root_of_another_host_is_refused(rig: Rig) -> None:
    rig.apply()
    rig.wanted["host"] = "host/plant-a/gw-1"
    with pytest.raises(OwnerError, match="another host"):
        rig.apply()


def test_a_port_in_use_is_refused_before_anything_changes(rig: Rig) -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", rig.web_port))
        other.listen()
        with pytest.raises(PortError) as refused:
            rig.apply()
    assert f"127.0.0.1:{rig.web_port}" in str(refused.value)
    assert f"process {os.getpid()}" in str(refused.value)
    assert list(rig.place.iterdir()) == []


def test_all_taken_ports_are_told_at_once(rig: Rig) -> None:
    with socket.socket() as one, socket.socket() as two:
        for other, port in ((one, rig.web_port), (two, rig.nats_port)):
            other.bind(("127.0.0.1", port))
            other.listen()
        with pytest.raises(PortError) as refused:
            rig.apply()
    assert str(rig.web_port) in str(refused.value)
    assert str(rig.nats_port) in str(refused.value)


def test_services_may_swap_their_ports(rig: Rig) -> None:
    rig.apply()
    rig.nats_port, rig.web_port = rig.web_port, rig.nats_port
    rig.wanted = rig._manifest()
    rig.apply()
    assert answer(rig) == "first"
    assert not rig.apply().changed


@pytest.mark.parametrize("purge", [False, True])
def test_destroy_leaves_nothing_but_data(rig: Rig, purge: bool) -> None:
    rig.apply()
    rig.destroy(purge_data=purge)
    assert not rig.processes().all
    left = (
        {str(p.relative_to(rig.root)) for p in rig.root.rglob("*") if p.is_file()}
        if rig.root.exists()
        else set()
    )
    if purge:
        assert not rig.root.parent.exists()
    else:
        assert left == {"manifest.json", "data/web/starts", "data/web/alone"}
        assert not rig.destroy().changed
        rig.apply()
        assert len(rig.lines("starts")) == 2


def test_destroy_leaves_what_others_put_there(rig: Rig) -> None:
    rig.apply()
    (rig.root / "etc/mine.txt").write_text("mine")
    rig.destroy(purge_data=True)
    assert [str(p.relative_to(rig.root)) for p in rig.root.rglob("*") if p.is_file()] == ["etc/mine.txt"]


def test_hostile_names_and_contents(rig: Rig) -> None:
    name = "etc/a %(here)s 'b' \"c\"\n; $(touch x) é"
    content = "%s %(ENV_HOME)s ; # ' \" \n\t\\ ${x} {{ 1/0 }} é\n"
    value = "%(ENV_PATH)s ; # '\" \n $HOME `id`"
    rig.wanted["files"].append({"path": name, "content": content})
    rig.web["environment"] = {"ANSWER": value}
    rig.web["command"].append(value)
    rig.apply()
    assert answer(rig) == value
    assert (rig.root / name).read_text() == content
    words = Path(f"/proc/{rig.pid('web')}/cmdline").read_bytes().decode().split("\0")
    assert words[3] == value
    assert not rig.apply().changed
    rig.destroy(purge_data=True)
    assert not rig.root.exists()


def test_a_root_with_hostile_and_long_name(rig: Rig) -> None:
    rig.root = rig.place / ("deep %(here)s ; #" * 7) / 'it\'s "q"'
    rig.wanted = rig._manifest()
    rig.apply()
    state = read_state(rig.root)
    assert state is not None
    folder = Path(state.socket).parent
    assert folder.is_absolute()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert answer(rig) == "first"
    assert not rig.apply().changed
    rig.destroy(purge_data=True)
    assert not folder.exists()
    assert not rig.root.exists()


def test_services_get_no_more_environment_than_they_are_given(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-caller")
    rig.apply()
    pairs = Path(f"/proc/{rig.pid('web')}/environ").read_bytes().decode().split("\0")
    assert {p.split("=")[0] for p in pairs if p} == {"PATH", "HOME", "LANG", "ANSWER", "AIOTCTL_SERVICE"}
    supervisor = rig.processes().supervisor
    assert supervisor
    assert b"of-the-caller" not in Path(f"/proc/{supervisor.pid}/environ").read_bytes()


def test_what_does_not_become_healthy_is_told_with_its_log(rig: Rig) -> None:
    rig.file("etc/nats.conf")["content"] = "listen: [\n"
    rig.wanted["services"][0]["health_seconds"] = 1
    outcome = rig.apply()
    by_name = {f.service: f for f in outcome.failures}
    assert "does not stay up" in by_name["nats"].reason
    assert "Parse error" in by_name["nats"].log_tail
    assert by_name["web"].reason == "not started: it needs nats"
    rig.wanted = rig._manifest()
    mended = rig.apply()
    assert not mended.failures
    assert answer(rig) == "first"
    assert not rig.apply().changed


def test_a_command_as_health(rig: Rig) -> None:
    rig.web["health"] = {"command": ["/bin/sh", "-c", "test -f starts"]}
    assert not rig.apply().failures
    rig.web["health"] = {"command": ["/bin/sh", "-c", "exit 3"]}
    rig.web["health_seconds"] = 0.5
    rig.web["environment"] = {"ANSWER": "again"}
    assert "ends with 3" in rig.apply().failures[0].reason


def test_a_missing_or_other_program_is_refused(rig: Rig) -> None:
    rig.wanted["programs"][0]["digest"] = "sha256:" + "0" * 64
    with pytest.raises(ConvergeError, match="not the expected one"):
        rig.apply()
    rig.wanted["programs"][0] = {"name": "nats", "source": "/nowhere/nats"}
    with pytest.raises(ConvergeError, match="missing"):
        rig.apply()
    assert list(rig.place.iterdir()) == []


def test_only_one_converge_at_a_time(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.apply()
    monkeypatch.setattr("aiotctl.agents.converge.lock._PATIENCE", 0.2)
    with root_lock(rig.root), pytest.raises(BusyError):
        rig.apply()
    assert not rig.apply().changed


def test_a_damaged_or_newer_record_is_told(rig: Rig) -> None:
    rig.apply()
    record = rig.root / "manifest.json"
    good = record.read_text()
    record.write_text(good[:50])
    with pytest.raises(ConvergeError, match="damaged"):
        rig.apply()
    record.write_text(json.dumps({**json.loads(good), "version": 2}))
    with pytest.raises(ConvergeError, match="newer"):
        rig.apply()


def test_a_file_that_cannot_be_written_is_told(rig: Rig) -> None:
    rig.wanted["files"].append({"path": "etc/" + "x" * 300, "content": ""})
    with pytest.raises(ConvergeError, match="name too long"):
        rig.apply()


def test_links_do_not_lead_out_of_the_root(rig: Rig) -> None:
    rig.apply()
    outside = rig.place / "outside"
    outside.mkdir()
    rig.wanted["files"].append({"path": "etc/sub/file", "content": "text"})
    (rig.root / "etc/sub").symlink_to(outside)
    with pytest.raises(ConvergeError, match="is not a folder"):
        rig.apply()
    assert list(outside.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a service as another user: run as root")
def test_started_by_root_an_unprivileged_service_is_nobody(rig: Rig) -> None:
    import pwd

    from aiotctl.agents.converge.digest import path_digest

    nobody = pwd.getpwnam("nobody").pw_uid
    rig.wanted["directories"][1]["user"] = rig.web["user"] = "unprivileged"
    rig.file("etc/web.py")["user"] = rig.wanted["services"][0]["user"] = "unprivileged"
    rig.file("etc/nats.conf")["user"] = "unprivileged"
    program = {
        "name": "nats",
        "source": str(NATS),
        "digest": path_digest(NATS),
        "deliver": True,
        "path": "bin/nats",
    }
    rig.wanted["programs"] = [program]
    rig.wanted["services"][0]["command"][0] = str(rig.root / "bin/nats")
    rig.web["command"][0] = "/usr/bin/python3"  # others may not enter root's home
    rig.apply()
    for name in ("web", "nats"):
        assert Path(f"/proc/{rig.pid(name)}").stat().st_uid == nobody
    assert (rig.root / "data/web/starts").stat().st_uid == nobody
    assert not rig.apply().changed
    os.chown(rig.root / "etc/web.py", 0, 0)
    assert drift(rig.check())["file etc/web.py"] == "owner is user 0, wanted nobody"
    rig.place.chmod(0o700)
    rig.web["environment"] = {"ANSWER": "second"}
    with pytest.raises(ConvergeError, match="may not enter"):
        rig.apply()
