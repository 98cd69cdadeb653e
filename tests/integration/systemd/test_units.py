"""Services as units of systemd on a real host: kept up, told of changes, drift named and mended, removed."""

from __future__ import annotations

import json

import pytest

from .rig import ROOT, HostRig, actions, drift

UNIT = "/etc/systemd/system/aiotctl-web.service"
DROP_IN = f"""mkdir {UNIT}.d
printf '[Service]\\nNoNewPrivileges=no\\n' >{UNIT}.d/x.conf
systemctl daemon-reload"""
HOSTILE = [
    "plain",
    "two words",
    "",
    "a'b\"c\\d\\\\",
    "$HOME ${PATH} $$ $",
    "%n %% %h%",
    "line\nbreak\ttab\r\x07bell",
    "; touch /tmp/broken-out ;",
    ";",
    "\\x41 \\n \\",
    "# no comment",
    "-@+!:|`id`$(id)",
    "ümläut ☃",
]


def test_a_service_is_kept_by_a_unit_of_its_own(rig: HostRig) -> None:
    first = rig.apply()
    assert not first["failed"], first
    assert actions(first)["service web"] == "create"
    assert actions(first)["file /etc/systemd/system/aiotctl-web.service"] == "create"
    assert rig.answer() == "first"
    assert rig.state("ActiveState", "UnitFileState", "User") == ["active", "enabled", "aiotctl-web"]
    assert actions(rig.apply()) == {}


def test_what_users_write_reaches_the_service_as_it_is(rig: HostRig) -> None:
    rig.web["command"] += HOSTILE
    rig.web["environment"] = {f"V{n}": text for n, text in enumerate(HOSTILE)}
    assert not rig.apply()["failed"]
    arguments, environment = json.loads(rig.machine.run(f"cat {ROOT}/data/web/taken").ok().out)
    assert arguments == HOSTILE
    assert [environment[f"V{n}"] for n in range(len(HOSTILE))] == HOSTILE
    assert rig.machine.run("ls /tmp/broken-out").code != 0
    unit = rig.machine.run("cat /etc/systemd/system/aiotctl-web.service").ok().out
    assert "V1" not in unit
    assert rig.machine.run(f"stat -c %a:%U {ROOT}/run/web.env").ok().out.strip() == "600:root"


def test_a_changed_file_reloads_and_a_changed_command_restarts(rig: HostRig) -> None:
    rig.apply()
    rig.wanted["files"][1]["content"] = "second"
    assert actions(rig.apply())["service web"] == "reload"
    assert rig.answer() == "second"
    rig.web["command"].append("more")
    assert actions(rig.apply())["service web"] == "restart"
    assert rig.machine.run(f"cat {ROOT}/data/web/notes").ok().out.split() == [
        "started",
        "reloaded",
        "started",
    ]


@pytest.mark.parametrize(
    ("befalls", "item", "says"),
    [
        ("systemctl stop aiotctl-web", "service web", "does not run"),
        ("systemctl disable aiotctl-web", "service web", "its unit is disabled"),
        (
            "rm /etc/systemd/system/aiotctl-web.service; systemctl mask --now aiotctl-web",
            "service web",
            "its unit is masked",
        ),
        (
            DROP_IN,
            "service web",
            "its unit is changed by /etc/systemd/system/aiotctl-web.service.d/x.conf",
        ),
        (
            "sed -i s/ProtectSystem=strict/ProtectSystem=no/ /etc/systemd/system/aiotctl-web.service",
            "file /etc/systemd/system/aiotctl-web.service",
            "its content was changed by hand",
        ),
        (f"rm {ROOT}/etc/web.conf", "file etc/web.conf", "it was removed by hand"),
        (f"chgrp root {ROOT}/etc/web.conf", "file etc/web.conf", "group is 0, wanted aiotctl-web"),
    ],
    ids=["stopped", "disabled", "masked", "drop-in", "unit changed", "file gone", "group changed"],
)
def test_drift_is_named_and_mended(rig: HostRig, befalls: str, item: str, says: str) -> None:
    rig.apply()
    rig.machine.run(befalls).ok()
    assert says in drift(rig.check()).get(item, ""), rig.check()
    assert not rig.apply()["failed"]
    assert actions(rig.check()) == {}
    assert rig.answer() == "first"
    assert rig.state("ActiveState", "UnitFileState", "DropInPaths") == ["active", "enabled", ""]


def test_a_service_that_does_not_come_up_is_told_with_its_log(rig: HostRig) -> None:
    rig.wanted["files"][1]["content"] = "broken"
    rig.web["health_seconds"] = 2
    answer = rig.apply()
    assert answer["failed"]
    assert "the configuration is broken" in answer["failures"][0]["log_tail"]


def test_it_may_write_its_own_folders_and_nothing_else(rig: HostRig) -> None:
    rig.apply()
    pid = rig.state("MainPID")[0]
    enter = f"nsenter --target {pid} --mount --setuid $(id -u aiotctl-web) --setgid $(id -g aiotctl-web)"
    rig.machine.run(f"{enter} touch {ROOT}/data/web/mine").ok()
    for place in ("/var/tmp/../lib/x", "/etc/x", f"{ROOT}/etc/x", "/home/x"):
        assert rig.machine.run(f"{enter} touch {place}").code != 0, place
    verdict = rig.machine.run("systemd-analyze security --no-pager aiotctl-web.service").ok().out
    exposure = float(verdict.split("aiotctl-web.service:")[1].split()[0])
    assert exposure < 2.0, verdict


def test_what_is_no_longer_wanted_goes(rig: HostRig) -> None:
    rig.apply()
    services = rig.wanted["services"]
    rig.wanted["services"] = []
    assert actions(rig.apply())["service web"] == "delete"
    assert rig.state("LoadState", "ActiveState") == ["not-found", "inactive"]
    rig.wanted["services"] = services
    rig.apply()
    assert not rig.destroy()["failed"]
    assert rig.state("LoadState") == ["not-found"]
    assert rig.machine.run("find /etc/systemd -name 'aiotctl*'; ls -d /var/lib/aiotctl").out == ""
