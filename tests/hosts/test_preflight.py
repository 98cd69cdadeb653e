"""Machines that can take what is planned, and machines with all kinds of things in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from aiotctl.backends.preflight import Candidate, preflight
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.primitives import Host, Package, Port, Service
from tests.hosts.fleet import Fleet
from tests.hosts.image import CLERK_PASSWORD
from tests.hosts.machine import Machine

LINEAGE = "0123456789abcdef"
SERVICES = (
    Service("broker", "mosquitto", (), ports=(Port("mqtt", 8883, exposed=True),)),
    Service("database", "postgresql", (), ports=(Port("sql", 5432),)),
)
PACKAGES = (Package("mosquitto"), Package("postgresql-15"))
THEIRS = """{"version": 1, "owner": {"blueprint": "theirs", "environment": "live", "lineage": "fedcba98"},
"host": "host/x", "socket": "", "files": {}, "directories": {}, "programs": {}, "services": {}}"""


def host(place: HostPlace) -> Host:
    return Host(f"host/{place.name}", place, (), (), (), SERVICES, "systemd", PACKAGES)


def codes(*candidates: Candidate) -> dict[str, list[str]]:
    return {where: [one.code for one in found] for where, found in preflight(candidates).items()}


@pytest.fixture(scope="module")
def last(fleet: Fleet) -> Iterator[None]:
    """Leaves a machine as new."""
    yield
    fleet.renew("gw-2")


@pytest.fixture
def bare(dialled: Fleet, last: None) -> Machine:
    """A machine as new."""
    dialled.renew("gw-2")
    return dialled["gw-2"]


def test_machines_that_are_ready(dialled: Fleet, bare: Machine) -> None:
    before = bare.snapshot()
    assert codes(*(Candidate(host(machine.place()), LINEAGE) for machine in dialled)) == {}
    assert before.differences(bare.snapshot()) == []


def test_all_findings_of_all_machines_at_once(dialled: Fleet, bare: Machine) -> None:
    bare.run("apt-get -qq install --yes --no-install-recommends mosquitto").ok()
    bare.run("systemctl start mosquitto; systemd-run --unit=theirs python3 -m http.server 5432").ok()
    bare.run(
        "mkdir -p /var/lib/aiotctl/fedcba98; cat >/var/lib/aiotctl/fedcba98/manifest.json", THEIRS.encode()
    )
    bare.run("until ss -Hltn | grep -q :5432; do sleep 0.05; done").ok()
    found = preflight(
        [
            Candidate(host(bare.place()), LINEAGE, "arm64"),
            Candidate(host(replace(dialled["hub-1"].place(), address="10.89.255.1")), LINEAGE),
            Candidate(host(dialled["gw-1"].place(user="clerk")), LINEAGE),
        ]
    )
    assert {where: [one.code for one in ones] for where, ones in found.items()} == {
        "host/gw-2": ["host-architecture", "host-other-owner", "host-foreign-service", "host-port"],
        "host/hub-1": ["host-unreachable"],
        "host/gw-1": ["host-sudo-password"],
    }
    port = found["host/gw-2"][-1]
    assert "database needs port 5432, held by theirs.service" in port.detail
    assert all(one.address == where and one.remedy for where, ones in found.items() for one in ones)


def test_a_database_of_others(bare: Machine) -> None:
    bare.run("systemd-run --unit=postgresql@15-main sleep 1000").ok()  # what Debian names its clusters
    assert codes(Candidate(host(bare.place()), LINEAGE)) == {"host/gw-2": ["host-foreign-service"]}


def test_ports_that_are_ours_are_free(bare: Machine) -> None:
    bare.run("systemd-run --unit=aiotctl-database python3 -m http.server --bind 127.0.0.1 5432").ok()
    # Not where we listen: the loopback is ours, this address is theirs.
    bare.run(f"systemd-run --unit=other python3 -m http.server --bind {bare.address} 5432").ok()
    bare.run("until [ $(ss -Hltn | grep -c :5432) = 2 ]; do sleep 0.05; done").ok()
    assert codes(Candidate(host(bare.place()), LINEAGE)) == {}


def test_who_one_is_there(dialled: Fleet) -> None:
    machine = dialled["gw-1"]
    guest = replace(machine.place(user="guest"), become="none")
    assert codes(Candidate(host(guest), LINEAGE)) == {"host/gw-1": ["host-not-root"]}
    clerk = machine.place(user="clerk")
    assert codes(Candidate(host(clerk), LINEAGE, password="wrong")) == {"host/gw-1": ["host-sudo-refused"]}
    assert codes(Candidate(host(clerk), LINEAGE, password=CLERK_PASSWORD)) == {}


def test_a_machine_that_shows_another_key(dialled: Fleet) -> None:
    dialled.change_host_key("gw-2")
    try:
        found = codes(Candidate(host(dialled["gw-2"].place()), LINEAGE))
    finally:
        dialled.restore_host_key("gw-2")
    assert found == {"host/gw-2": ["host-key-changed"]}
