"""The whole play on a machine of its own: what it brings, what it finds done, what it leaves behind."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from aiotctl.backends.ansible import AnsibleBackend
from aiotctl.backends.hosts import HostDone, HostEvent, HostFailed, HostRun, ProgramDelivery
from aiotctl.backends.ssh_variables import connection_variables
from aiotctl.toolbox.digest import digest_of
from tests.hosts.fleet import Fleet
from tests.hosts.machine import Machine
from tests.integration.systemd.rig import ROOT, manifest, until

ADDRESS = "host/plant-a/gw-2"


def host(fleet: Fleet, machine: Machine, wanted: dict[str, Any], **options: Any) -> HostRun:
    variables = connection_variables(machine.place("plant-a/gw-2"), str(fleet.ssh_config))
    return HostRun(ADDRESS, variables, wanted, **options)


def play(run: HostRun) -> list[HostEvent]:
    return list(AnsibleBackend().run([run], lambda: False))


def done(events: list[HostEvent]) -> dict[str, str]:
    last = events[-1]
    assert isinstance(last, HostDone), last
    return {f"{c.kind} {c.name}": c.action for c in last.changes if c.action != "ok"}


def deliveries(folder: Path) -> tuple[ProgramDelivery, ...]:
    (folder / "tree/bin").mkdir(parents=True)
    (folder / "tree/bin/run").write_text("#!/bin/sh\necho tree\n")
    (folder / "tree/bin/run").chmod(0o755)
    (folder / "tree/link").symlink_to("bin/run")
    (folder / "single").write_text("#!/bin/sh\necho single\n")
    (folder / "single").chmod(0o755)
    return tuple(ProgramDelivery(n, digest_of(folder / n), folder / n) for n in ("single", "tree"))


@pytest.mark.timeout(900)  # a database is installed and removed
def test_a_machine_gets_everything_and_gives_it_back(fleet: Fleet, machine: Machine, tmp_path: Path) -> None:
    machine.run(
        "apt-get -qq update; DEBIAN_FRONTEND=noninteractive apt-get -qq --yes dist-upgrade", timeout=280
    )
    before = machine.snapshot()
    brought = deliveries(tmp_path)
    wanted = manifest()
    wanted["host"] = ADDRESS
    wanted["programs"] += [
        {
            "name": one.name,
            "source": f"/var/lib/aiotctl/programs/{one.digest}/{one.name}",
            "digest": one.digest,
            "deliver": True,
        }
        for one in brought
    ]
    options = {
        "packages": {"mosquitto": "2.0.*", "postgresql-15": "15.*", "nftables": ""},
        "accounts": ("aiotctl-web",),
        "deliveries": brought,
    }
    first = done(play(host(fleet, machine, wanted, **options)))
    assert first["package mosquitto"] == "create"
    assert first["account aiotctl-web"] == "create"
    assert first["service web"] == "create"
    assert machine.run(f"{ROOT}/programs/tree/link").ok().out == "tree\n"
    assert machine.run(f"{ROOT}/programs/single").ok().out == "single\n"
    running = machine.run("systemctl is-active mosquitto postgresql postgresql@15-main").out.split()
    assert "active" not in running
    assert machine.run("systemctl is-enabled mosquitto.service postgresql.service").code != 0
    assert machine.run("ls /var/lib/postgresql/15 /usr/sbin/policy-rc.d").code != 0
    assert machine.run("systemctl is-enabled systemd-timesyncd").ok().out.strip() == "enabled"

    assert done(play(host(fleet, machine, wanted, **options))) == {}

    changed = copy.deepcopy(wanted)
    changed["files"][1]["content"] = "second"
    assert done(play(host(fleet, machine, changed, **options)))["file etc/web.conf"] == "update"

    fewer = {**options, "deliveries": brought[:1]}
    changed["programs"].pop()
    assert done(play(host(fleet, machine, changed, **fewer)))["program tree"] == "delete"
    assert machine.run(f"ls /var/lib/aiotctl/programs/{brought[1].digest}").code != 0

    gone = done(play(host(fleet, machine, wanted, mode="destroy", purge_data=True)))
    assert gone["account aiotctl-web"] == gone["package postgresql-15"] == "delete"
    left = before.differences(machine.snapshot())
    # Where packages were configured before, the package system keeps what it asked then.
    assert [one for one in left if "/var/lib/ucf/" not in one] == []


def test_a_machine_that_locks_its_controller_out_takes_that_back(fleet: Fleet, machine: Machine) -> None:
    wanted = manifest()
    wanted["host"] = ADDRESS
    options: dict[str, Any] = {"packages": {"nftables": ""}, "accounts": ("aiotctl-web",)}
    done(play(host(fleet, machine, wanted, **options)))
    rules = "ct state established accept; tcp dport 22 drop;"
    hook = "type filter hook input priority 0; policy accept;"
    wanted["firewall"] = {"content": f"table inet aiotctl {{\n chain input {{ {hook} {rules} }}\n}}\n"}
    wanted["confirm"] = {"id": "locked-out", "within_seconds": 15}
    last = play(host(fleet, machine, wanted, **options))[-1]
    assert isinstance(last, HostFailed)
    assert last.reason == "the host cannot be reached after its change"
    until(machine.answers, 60)
    assert machine.run("nft list tables").ok().out == ""
