"""Units as text: what users write is quoted by systemd's rules, and the sandbox follows from the service."""

from __future__ import annotations

from typing import Any

import pytest

from aiotctl.agents.converge.reading import read_manifest
from aiotctl.agents.converge.unit_quoting import command, environment, word
from aiotctl.agents.converge.units import environment_text, unit_text


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain", '"plain"'),
        ("", '""'),
        ('a"b', r'"a\"b"'),
        ("a\\b", r'"a\\b"'),
        ("%h", '"%%h"'),
        ("$HOME", '"$HOME"'),  # the prefix of the program keeps it from being a variable
        ("a\nb\r\tc", r'"a\nb\r\tc"'),
        ("\x01\x7f", r'"\x01\x7f"'),
        (";", '";"'),
        ("ü☃", '"ü☃"'),
    ],
)
def test_a_word_stays_a_word(text: str, quoted: str) -> None:
    assert word(text) == quoted


def test_no_variable_is_expanded_in_a_command() -> None:
    assert command(("/bin/echo", "$HOME")) == '":/bin/echo" "$HOME"'


def test_an_environment_file_takes_any_text() -> None:
    assert environment({"A": 'x"y\\z$w`v\nu'}) == 'A="x\\"y\\\\z\\$w\\`v\nu"\n'


def unit(**service: Any) -> list[str]:
    manifest = read_manifest(
        {
            "version": 1,
            "owner": {"blueprint": "b", "environment": "e", "lineage": "l"},
            "host": "host/hub",
            "root": "/srv/hub",
            "runtime": "systemd",
            "directories": [{"path": "data/x"}],
            "services": [
                {"name": "y", "command": ["/bin/true"]},
                {"name": "x", "command": ["/bin/true"], **service},
            ],
        }
    )
    text = unit_text(manifest, manifest.services[1])
    assert text.count("\n[") == 2
    assert environment_text(manifest, manifest.services[1]).startswith('PATH="')
    return text.splitlines()


def test_the_least_service_may_do_nothing() -> None:
    lines = unit()
    assert {"CapabilityBoundingSet=", "ProtectSystem=strict", "PrivateDevices=yes"} <= set(lines)
    assert "MemoryDenyWriteExecute=yes" in lines
    assert not [
        line for line in lines if line.startswith(("ReadWritePaths", "MemoryMax", "CPUQuota", "User="))
    ]


@pytest.mark.parametrize(
    ("service", "has", "has_not"),
    [
        ({"writes": ["data/x"]}, 'ReadWritePaths="/srv/hub/data/x"', ""),
        ({"user": "aiotctl-x"}, "User=aiotctl-x", ""),
        ({"resources": {"memory": 1048576}}, "MemoryMax=1048576", "CPUQuota=0%"),
        ({"resources": {"cpu_percent": 150}}, "CPUQuota=150%", "MemoryMax=0"),
        ({"resources": {"files": 10}}, "LimitNOFILE=10", "LimitNOFILE=65536"),
        ({"devices": ["/dev/ttyUSB0"]}, 'DeviceAllow="/dev/ttyUSB0" rw', "PrivateDevices=yes"),
        ({"executable_memory": True}, "LockPersonality=yes", "MemoryDenyWriteExecute=yes"),
        ({"ports": [{"name": "p", "port": 502}]}, "AmbientCapabilities=CAP_NET_BIND_SERVICE", ""),
        ({"start_after": ["y"]}, "After=aiotctl-y.service", ""),
        ({"stop_signal": "INT", "stop_seconds": 7}, "KillSignal=SIGINT", "TimeoutStopSec=10"),
        ({"reload_signal": "USR1"}, "ExecReload=/bin/kill -s USR1 $MAINPID", ""),
    ],
)
def test_what_a_service_needs_opens_just_that(service: dict[str, Any], has: str, has_not: str) -> None:
    lines = unit(**service)
    assert has in lines
    assert has_not not in lines or not has_not
