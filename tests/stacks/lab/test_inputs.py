"""What the lab's resources take, and what a change of it means. No machine is needed for that."""

from __future__ import annotations

import platform
from dataclasses import asdict
from typing import Any

import pytest

from stacks.lab.provider.inputs import (
    DatabaseInputs,
    MachineInputs,
    NetworkInputs,
    changes,
    check,
    read,
    secrets,
)
from stacks.lab.provider.values import UNKNOWN, packed, plain

HERE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
MACHINE: dict[str, Any] = {
    "network": "shop.pilot",
    "name": "plant-a.gw-1",
    "arch": HERE,
    "vcpus": 1,
    "memory_gib": 2,
    "disk_gib": 20,
    "login": "ops",
    "login_key": "ssh-ed25519 AAAA",
    "host_key": "private",
    "host_public_key": "ssh-ed25519 BBBB",
    "tags": {"owner": "me"},
}


def test_a_machine_as_it_should_be_is_taken() -> None:
    assert check(MachineInputs, MACHINE) == []
    assert asdict(read(MachineInputs, {**MACHINE, "address": "10.0.0.1"})) == MACHINE


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("vcpus", "1", "int is expected, not str"),
        ("vcpus", None, "it is missing"),
        ("tags", ["owner"], "dict is expected, not list"),
        ("name", "../hub", "'../hub' is no name: small letters, digits and - are"),
        ("name", "hub-1; reboot", "'hub-1; reboot' is no name: small letters, digits and - are"),
        ("login", "root;", "'root;' is no name of an account"),
        ("arch", "riscv64", f"this machine is {HERE}, and so are all in its lab; not riscv64"),
        ("zone", "a", "there is no such property"),
    ],
)
def test_what_cannot_be_is_refused_by_name(name: str, value: Any, reason: str) -> None:
    (refusal,) = check(MachineInputs, {**MACHINE, name: value})
    assert (refusal.property, refusal.reason) == (name, reason)


@pytest.mark.parametrize(
    ("cidr", "reason"),
    [
        ("10.91.0.0/24", ""),
        ("10.91.0.1/24", "it is no IPv4 network: 10.91.0.1/24 has host bits set"),
        ("203.0.114.0/24", "203.0.114.0/24 is no private network with room for machines (/28 or larger)"),
        ("10.91.0.0/29", "10.91.0.0/29 is no private network with room for machines (/28 or larger)"),
    ],
)
def test_networks_are_private_and_have_room(cidr: str, reason: str) -> None:
    found = check(NetworkInputs, {"name": "shop.pilot", "cidr": cidr, "tags": {}})
    assert [one.reason for one in found] == ([reason] if reason else [])


def test_what_is_not_known_yet_is_not_refused() -> None:
    assert check(MachineInputs, {**MACHINE, "network": UNKNOWN, "host_key": UNKNOWN}) == []


@pytest.mark.parametrize(
    ("name", "value", "replaces"),
    [
        ("memory_gib", 1, False),
        ("memory_gib", 4, False),
        ("disk_gib", 40, False),
        ("disk_gib", 10, True),
        ("disk_gib", UNKNOWN, True),
        ("network", UNKNOWN, True),
        ("name", "gw-2", True),
        ("login", "admin", True),
        ("login_key", "ssh-ed25519 CCCC", False),
        ("host_key", "another", False),
        ("tags", {}, False),
    ],
)
def test_what_a_change_means(name: str, value: Any, replaces: bool) -> None:
    change = changes(MachineInputs, MACHINE, {**MACHINE, name: value})
    assert change.replaces == ((name,) if replaces else ())
    assert change.updates == (() if replaces else (name,))


def test_nothing_changed_is_no_change() -> None:
    change = changes(MachineInputs, MACHINE, dict(MACHINE))
    assert (change.replaces, change.updates) == ((), ())


def test_secrets_go_out_marked_and_come_in_plain() -> None:
    assert secrets(DatabaseInputs) == {"password"}
    sent = packed({"password": "p", "port": 5432, "tags": {"a": "b"}}, {"password"})
    assert sent["password"]["value"] == "p"
    assert len(sent["password"]) == 2
    assert plain(sent) == {"password": "p", "port": 5432, "tags": {"a": "b"}}
