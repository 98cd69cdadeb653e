"""The machines themselves are what tests take them for."""

from __future__ import annotations

import subprocess

from tests.hosts.fleet import Fleet


def ssh(fleet: Fleet, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["ssh", "-F", str(fleet.ssh_config), "-o", "BatchMode=yes", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


def test_sshd_takes_the_key_and_sudo_works(fleet: Fleet) -> None:
    for machine in fleet:
        assert ssh(fleet, machine.address, "hostname; sudo id -u").stdout == f"{machine.name}\n0\n"


def test_a_power_cut_keeps_files_and_ends_processes(fleet: Fleet) -> None:
    machine = fleet["gw-2"]
    machine.run("echo kept >/root/kept; systemd-run --unit=worker sleep 1000").ok()
    machine.kill()
    assert not machine.answers()
    machine.start()
    assert machine.run("cat /root/kept").out == "kept\n"
    assert machine.run("systemctl is-active worker").out == "inactive\n"


def test_a_pulled_cable_cuts_the_network_and_nothing_else(fleet: Fleet) -> None:
    machine = fleet["gw-2"]
    machine.disconnect()
    try:
        assert not machine.answers()
        assert machine.run("systemctl is-system-running").out == "running\n"
    finally:
        machine.connect()
    assert machine.answers()


def test_a_renewed_machine_is_as_the_first_day(fleet: Fleet) -> None:
    machine = fleet["gw-2"]
    fleet.renew(machine.name)
    before = machine.snapshot()
    machine.run("useradd intruder; touch /etc/left; apt-get -qq install --yes nftables").ok()
    machine.run("nft add table inet left; systemd-run --unit=left sleep 1000").ok()
    found = "\n".join(before.differences(machine.snapshot()))
    for expected in ("packages nftables", "users intruder", "files /etc/left", "firewall table inet left"):
        assert f"+ {expected}" in found
    assert "+ running left.service" in found
    fleet.renew(machine.name)
    assert before.differences(machine.snapshot()) == []


def test_a_changed_host_key_is_noticed(fleet: Fleet) -> None:
    machine = fleet["gw-2"]
    fleet.change_host_key(machine.name)
    try:
        assert "HOST IDENTIFICATION HAS CHANGED" in ssh(fleet, machine.address, "true").stderr
    finally:
        fleet.restore_host_key(machine.name)
    assert ssh(fleet, machine.address, "true").returncode == 0


def test_nobody_sets_the_clock_of_all(fleet: Fleet) -> None:
    assert "Operation not permitted" in fleet["gw-1"].run("date --set=@$(date +%s)").err
