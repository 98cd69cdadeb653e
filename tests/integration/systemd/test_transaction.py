"""A change that undoes itself: unhealthy, unconfirmed, ended midway, rebooted, locked out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from .rig import ROOT, HostRig, actions, until


@pytest.fixture
def settled(rig: HostRig) -> HostRig:
    """A host whose present state is confirmed."""
    assert not rig.apply()["failed"]
    rig.wanted["confirm"] = {"id": "change-1", "within_seconds": 60}
    return rig


def edit(rig: HostRig, content: str) -> None:
    rig.wanted["files"][1]["content"] = content


def test_a_confirmed_change_stays(settled: HostRig) -> None:
    edit(settled, "second")
    answer = settled.apply()
    assert answer["pending"] == {"root": ROOT, "id": "change-1"}
    assert settled.state("ActiveState", unit="aiotctl-rollback.timer") == ["active"]
    assert settled.confirm("change-1") == {"failed": False, "changed": True}
    assert settled.confirm("change-1") == {"failed": False, "changed": False}
    assert settled.state("ActiveState", unit="aiotctl-rollback.timer") == ["inactive"]
    assert settled.answer() == "second"
    assert actions(settled.check()) == {}
    assert "pending" not in settled.apply()


def test_of_changes_that_nobody_confirmed_none_stays(settled: HostRig) -> None:
    for number in (1, 2):
        edit(settled, f"unconfirmed {number}")
        settled.wanted["confirm"]["within_seconds"] = 60 if number == 1 else 2
        assert settled.apply()["pending"]
    until(lambda: settled.answer() == "first", 30)


def test_what_is_not_healthy_goes_back_at_once(settled: HostRig) -> None:
    edit(settled, "broken")
    settled.web["on_change"] = "restart"
    settled.web["health_seconds"] = 2
    answer = settled.apply()
    assert answer["failed"]
    assert answer["msg"] == "not healthy: web; the host is back as it was"
    assert "the configuration is broken" in answer["failures"][0]["log_tail"]
    assert settled.answer() == "first"
    assert settled.machine.run(f"ls {ROOT}/rollback").ok().out.split() == [
        "confirmed.json",
        "result.json",
        "taken-back.json",
    ]


def test_what_nobody_confirms_goes_back(settled: HostRig) -> None:
    edit(settled, "second")
    settled.wanted["confirm"]["within_seconds"] = 2
    assert settled.apply()["pending"]
    assert settled.answer() == "second"
    until(lambda: settled.answer() == "first", 30)
    until(lambda: settled.machine.run(f"ls {ROOT}/rollback/pending.json").code != 0, 30)
    late = settled.confirm("change-1")
    assert late["failed"]
    assert late["detail"] == "nobody confirmed it in time"


def test_a_first_change_that_is_not_healthy_leaves_nothing_but_data(rig: HostRig) -> None:
    rig.wanted["confirm"] = {"id": "change-1", "within_seconds": 60}
    edit(rig, "broken")
    rig.web["health_seconds"] = 2
    assert rig.apply()["failed"]
    assert rig.state("LoadState") == ["not-found"]
    assert rig.machine.run(f"ls {ROOT}").ok().out.split() == ["agent", "data", "manifest.json", "rollback"]


def test_what_is_refused_changes_nothing(rig: HostRig) -> None:
    rig.wanted["confirm"] = {"id": "change-1", "within_seconds": 60}
    rig.wanted["programs"].append({"name": "gone", "source": "/opt/gone"})
    answer = rig.apply()
    assert answer["msg"] == "program 'gone' is missing"
    assert rig.machine.run("ls -d /var/lib/aiotctl").code != 0


THING = """set -eu
mkdir -p /tmp/thing/DEBIAN /var/lib/aiotctl
for version in 1 2; do
  { echo Package: aiotctl-thing; echo Version: $version; echo Architecture: all; echo Maintainer: nobody
    echo Description: a thing; } >/tmp/thing/DEBIAN/control
  dpkg-deb --build /tmp/thing /tmp/aiotctl-thing_${version}_all.deb
done
dpkg --install /tmp/aiotctl-thing_2_all.deb
printf '{"aiotctl-thing": "1"}' >/var/lib/aiotctl/replaced.json
"""
"""A package whose former version an installation replaced, as the role of packages notes it."""


@pytest.fixture
def replaced(settled: HostRig) -> Iterator[HostRig]:
    settled.machine.run(THING).ok()
    yield settled
    settled.machine.run(
        "dpkg --purge aiotctl-thing; rm -rf /tmp/*thing* /var/cache/apt/archives/*thing*"
    ).ok()


def thing(rig: HostRig) -> tuple[str, bool]:
    """Its version, and whether it is noted that another one was replaced."""
    shown = rig.machine.run("dpkg-query --show --showformat '${Version}' aiotctl-thing").ok()
    return shown.out, rig.machine.run("ls /var/lib/aiotctl/replaced.json").code == 0


def break_it(rig: HostRig) -> str:
    """What is said of a change that does not become healthy."""
    edit(rig, "broken")
    rig.web.update(on_change="restart", health_seconds=2)
    answer = rig.apply()
    assert answer["failed"]
    return str(answer["msg"])


def test_a_package_goes_back_where_its_archive_is_kept(replaced: HostRig) -> None:
    replaced.machine.run("mv /tmp/aiotctl-thing_1_all.deb /var/cache/apt/archives").ok()
    assert break_it(replaced) == "not healthy: web; the host is back as it was"
    assert thing(replaced) == ("1", False)


def test_a_package_that_cannot_go_back_is_told(replaced: HostRig) -> None:
    assert break_it(replaced) == (
        "not healthy: web; the host is back as it was, but package aiotctl-thing stays at 2: "
        "no archive of 1 is kept in /var/cache/apt/archives"
    )
    assert thing(replaced) == ("2", False)


def test_what_a_confirmed_change_replaced_never_comes_back(replaced: HostRig) -> None:
    edit(replaced, "second")
    replaced.apply()
    assert thing(replaced) == ("2", True)
    replaced.confirm("change-1")
    assert thing(replaced) == ("2", False)


def test_a_new_program_goes_back_too(settled: HostRig) -> None:
    def deliver(text: str) -> None:
        settled.machine.run(f"printf '%s' '{text}' >/opt/tool; chmod 755 /opt/tool").ok()
        digest = settled.machine.run("sha256sum /opt/tool").ok().out.split()[0]
        settled.wanted["programs"][1:] = [
            {"name": "tool", "source": "/opt/tool", "digest": digest, "deliver": True}
        ]

    deliver("one")
    settled.apply()
    settled.confirm("change-1")
    deliver("two")
    edit(settled, "broken")
    settled.web.update(on_change="restart", health_seconds=2)
    assert settled.apply()["failed"]
    assert settled.machine.run(f"cat {ROOT}/programs/tool").ok().out == "one"
    assert settled.answer() == "first"


@pytest.mark.parametrize("after", [0.0, 0.05, 0.2, 0.6])
def test_a_change_that_is_killed_goes_back(settled: HostRig, after: float) -> None:
    edit(settled, "second")
    settled.web["command"].append("more")
    watch = settled.start_apply()
    until(lambda: settled.state("ActiveState", unit="aiotctl-converge.service") != ["inactive"], 20)
    time.sleep(after)
    settled.machine.run("systemctl kill --signal=KILL aiotctl-converge.service")
    answer = json.loads(watch.communicate(timeout=60)[0])
    if "pending" in answer:  # it was done before
        assert settled.confirm("change-1")["changed"]
        return
    until(lambda: settled.machine.run(f"ls {ROOT}/rollback/pending.json").code != 0, 30)
    until(lambda: settled.answer() == "first", 30)
    again = settled.apply()
    assert not again["failed"], again
    assert settled.confirm("change-1")["changed"]
    assert settled.answer() == "second"


@pytest.mark.parametrize("after", [0.1, 0.25, 0.4, 0.7])
def test_what_a_killed_change_left_is_finished_by_the_next(rig: HostRig, after: float) -> None:
    watch = rig.start_apply()
    time.sleep(after)
    rig.machine.run("pkill --signal KILL --full [c]onverge.entry")
    watch.wait(timeout=60)
    rig.web["command"].append("more")
    assert not rig.apply()["failed"]
    assert actions(rig.check()) == {}
    assert rig.answer() == "first"
    assert rig.machine.run(f"grep -c started {ROOT}/data/web/notes").ok().out.strip() in ("1", "2")


def test_a_lost_connection_does_not_end_the_change(settled: HostRig) -> None:
    edit(settled, "second")
    settled.web["command"].append("more")
    watch = settled.start_apply()
    until(lambda: settled.state("ActiveState", unit="aiotctl-converge.service") != ["inactive"], 20)
    settled.machine.run("kill -9 $(pgrep --full [c]onverge.entry)").ok()
    watch.wait(timeout=60)
    until(lambda: settled.answer() == "second", 30)
    until(lambda: settled.confirm("change-1")["failed"] is False, 30)


def test_a_power_cut_takes_it_back(settled: HostRig) -> None:
    edit(settled, "second")
    assert settled.apply()["pending"]
    settled.machine.kill()
    settled.machine.start()
    until(lambda: settled.machine.run(f"ls {ROOT}/rollback/pending.json").code != 0, 30)
    until(lambda: settled.answer() == "first", 30)


def firewall(rules: str) -> dict[str, Any]:
    text = "table inet aiotctl {\n chain input {\n  type filter hook input priority 0; policy accept;\n"
    return {"content": f"{text}{rules}\n }}\n}}\n"}


@pytest.mark.usefixtures("nftables")
def test_a_firewall_that_locks_out_goes_back(settled: HostRig) -> None:
    settled.machine.run("nft add table inet foreign; nft add chain inet foreign mine").ok()
    settled.wanted["firewall"] = firewall("  tcp dport 22 drop")
    settled.wanted["confirm"]["within_seconds"] = 2
    assert settled.apply()["pending"]
    assert not settled.machine.answers(22)
    until(lambda: settled.machine.answers(22), 30)
    assert settled.machine.run("nft list tables").ok().out.split("\n")[:-1] == ["table inet foreign"]


@pytest.mark.usefixtures("nftables")
def test_a_firewall_is_loaded_watched_and_taken_away(rig: HostRig) -> None:
    rig.wanted["firewall"] = firewall("  tcp dport 9999 counter drop")
    assert not rig.apply()["failed"]
    assert actions(rig.check()) == {}
    rig.machine.run("nft add rule inet aiotctl input tcp dport 23 accept").ok()
    (found,) = [c for c in rig.check()["changes"] if c["kind"] == "firewall"]
    assert found["drift"] == ["added: tcp dport 23 accept"]
    rig.apply()
    assert "dport 23" not in rig.machine.run("nft list ruleset").ok().out
    rig.machine.run("nft flush ruleset").ok()
    assert [c["drift"] for c in rig.check()["changes"] if c["kind"] == "firewall"] == [["the table is gone"]]
    rig.wanted["firewall"] = firewall("  tcp dport 9998 drop")
    rig.apply()
    rig.machine.run("systemctl restart aiotctl-firewall").ok()
    assert actions(rig.check()) == {}
    del rig.wanted["firewall"]
    assert actions(rig.apply())["firewall inet aiotctl"] == "delete"
    assert rig.machine.run("nft list tables; ls /etc/systemd/system/aiotctl-firewall.service").out == ""


@pytest.mark.usefixtures("nftables")
def test_a_firewall_that_is_not_valid_is_refused_before_anything(rig: HostRig) -> None:
    rig.wanted["firewall"] = firewall("  tcp dport nonsense drop")
    answer = rig.apply()
    assert answer["msg"] == "the firewall's table is not valid"
    assert rig.machine.run("ls -d /var/lib/aiotctl").code != 0
