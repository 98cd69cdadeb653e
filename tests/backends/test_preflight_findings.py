"""What facts of a machine mean, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from aiotctl.backends.preflight_findings import facts_findings
from aiotctl.backends.remote_python import Answered
from aiotctl.diagnostics import Severity
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.primitives import Host, Port, Service

HOST = Host(
    "host/hub-1",
    HostPlace("hub-1", "10.0.0.7"),
    (),
    (),
    (),
    (Service("broker", "mosquitto", (), ports=(Port("mqtt", 8883, True),)),),
)
DURING = (1000.0, 1001.0)
FINE: dict[str, Any] = {
    "uid": 0,
    "system": "Linux",
    "machine": "x86_64",
    "os": {"ID": "debian", "VERSION_ID": "12", "PRETTY_NAME": "Debian GNU/Linux 12 (bookworm)"},
    "systemd": True,
    "free_bytes": 5 << 30,
    "holders": [],
    "active": [],
    "owners": [
        {
            "root": "/var/lib/aiotctl/ours",
            "blueprint": "b",
            "environment": "e",
            "lineage": "ours",
            "host": "host/hub-1",
        }
    ],
    "time": 1000.5,
}
OWNER = FINE["owners"][0]


def codes(**other: Any) -> list[str]:
    return [one.code for one in facts_findings(HOST, "ours", "amd64", Answered({**FINE, **other}, DURING))]


def test_a_machine_that_is_as_it_should_be() -> None:
    assert codes() == []


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"uid": 1000}, ["host-not-root"]),
        ({"os": {"ID": "debian", "VERSION_ID": "11"}}, ["host-system"]),
        ({"os": {"ID": "ubuntu", "VERSION_ID": "12"}}, ["host-system"]),
        ({"os": {}, "system": "FreeBSD"}, ["host-system"]),
        ({"systemd": False}, ["host-systemd"]),
        ({"machine": "aarch64"}, ["host-architecture"]),
        ({"machine": "riscv64"}, ["host-architecture"]),
        ({"free_bytes": 100 << 20}, ["host-disk"]),
        ({"owners": [{**OWNER, "lineage": "theirs"}]}, ["host-other-owner"]),
        ({"owners": [{**OWNER, "host": "host/hub-2"}]}, ["host-other-name"]),
        ({"owners": [{"root": "/r", "error": "damaged"}]}, ["host-manifest"]),
        ({"active": ["mosquitto.service"]}, ["host-foreign-service"]),
        ({"holders": [{"port": 8883, "unit": "x.service", "process": "x"}]}, ["host-port"]),
        (
            {
                "active": ["mosquitto.service"],
                "holders": [{"port": 8883, "unit": "mosquitto.service", "process": "mosquitto"}],
            },
            ["host-foreign-service"],
        ),
        (
            {"machine": "aarch64", "free_bytes": 0, "time": 0.0},
            ["host-architecture", "host-disk", "host-clock"],
        ),
    ],
)
def test_each_is_found(other: dict[str, Any], expected: list[str]) -> None:
    assert codes(**other) == expected


@pytest.mark.parametrize(
    ("there", "severity"),
    [
        (998.5, None),
        (1002.5, None),
        (1004.0, Severity.WARNING),
        (997.0, Severity.WARNING),
        (1200.0, Severity.ERROR),
        (500.0, Severity.ERROR),
    ],
)
def test_a_clock_is_off_by_what_the_way_there_does_not_explain(
    there: float, severity: Severity | None
) -> None:
    found = list(facts_findings(HOST, "ours", "amd64", Answered({**FINE, "time": there}, DURING)))
    assert [one.severity for one in found] == ([severity] if severity else [])
