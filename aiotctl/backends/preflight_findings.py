"""What the facts of a machine mean for what is planned there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aiotctl.backends.remote_python import Answered, Unusable
from aiotctl.backends.ssh_findings import unit
from aiotctl.backends.ssh_troubles import plain
from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.primitives import Host

OLDEST_PYTHON = "3.11"
LEAST_FREE = 1 << 30
"""Bytes: packages, programs and their replacements fit; data is not counted."""

CLOCK_WARNING_S, CLOCK_ERROR_S = 2.0, 120.0
"""Differences from this machine's clock: values are stamped visibly wrong; certificates are not yet valid."""

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf"}


def unusable(place: HostPlace, found: Unusable) -> Diagnostic:
    """The finding about a machine that runs commands but not our agents."""
    return Diagnostic(
        "host-python",
        "A host has no Python that can be used",
        f"{unit(place)} at {place.address}: {found.detail}.",
        f"Install Python {OLDEST_PYTHON} or later there: apt-get install python3",
        address=unit(place),
    )


def facts_findings(host: Host, lineage: str, arch: str, answered: Answered) -> Iterator[Diagnostic]:
    """All findings about one machine from what its agent says."""
    facts = answered.values
    told = _Told(host)
    if facts["uid"] != 0:
        yield told(
            "host-not-root",
            "A host's user is not root",
            f"uid {facts['uid']}",
            "Let the user become root: become: sudo, or log in as root.",
        )
    yield from _system(told, facts, arch)
    yield from _room(told, facts)
    yield from _clock(told, facts["time"], answered.during)
    yield from _owners(told, host, lineage, facts)
    yield from _in_the_way(told, host, facts)


class _Told:
    """Findings that name one host."""

    def __init__(self, host: Host) -> None:
        assert host.place is not None
        self.address, self.at = host.address, host.place.address

    def __call__(
        self, code: str, summary: str, detail: str, remedy: str, severity: Severity = Severity.ERROR
    ) -> Diagnostic:
        text = f"{self.address} at {self.at}: {plain(detail)}."
        return Diagnostic(code, summary, text, remedy, severity=severity, address=self.address)


def _system(told: _Told, facts: Mapping[str, Any], arch: str) -> Iterator[Diagnostic]:
    release: Mapping[str, str] = facts["os"]
    if (release.get("ID"), release.get("VERSION_ID")) != ("debian", "12"):
        name = release.get("PRETTY_NAME") or facts["system"]
        yield told(
            "host-system",
            "A host runs another system",
            f"it runs {name}, and packages and units are those of Debian 12",
            "Install Debian 12 (bookworm) there, or name another machine.",
        )
    if not facts["systemd"]:
        yield told(
            "host-systemd",
            "A host has no systemd",
            "its first process is not systemd, which keeps the services running",
            "Name a machine, or a container that was started with systemd.",
        )
    found = _ARCHITECTURES.get(facts["machine"], facts["machine"])
    if found != arch:
        yield told(
            "host-architecture",
            "A host has another processor than was said",
            f"it is {found}, and what it gets is built for {arch}",
            f"Say so under the gateway: arch: {found}",
        )


def _room(told: _Told, facts: Mapping[str, Any]) -> Iterator[Diagnostic]:
    free = facts["free_bytes"]
    if free < LEAST_FREE:
        yield told(
            "host-disk",
            "A host's disk is nearly full",
            f"{free >> 20} MiB are free where /var/lib/aiotctl lies, and {LEAST_FREE >> 20} MiB are needed",
            "Make room there: apt-get clean; journalctl --vacuum-size=100M",
        )


def _clock(told: _Told, there: float, during: tuple[float, float]) -> Iterator[Diagnostic]:
    """The host's time lay between the two of ours, or it is off by at least what is left."""
    began, ended = during
    off = there - ended if there > ended else there - began if there < began else 0.0
    if abs(off) >= CLOCK_WARNING_S:
        yield told(
            "host-clock",
            "A host's clock is off",
            f"it is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} this machine's",
            "Set it, and let it be kept: timedatectl set-ntp true",
            Severity.ERROR if abs(off) >= CLOCK_ERROR_S else Severity.WARNING,
        )


def _owners(told: _Told, host: Host, lineage: str, facts: Mapping[str, Any]) -> Iterator[Diagnostic]:
    for owner in facts["owners"]:
        if "error" in owner:
            yield told(
                "host-manifest",
                "A host's own list of what was put there cannot be read",
                f"{owner['root']}: {owner['error']}",
                "Look at it there; what it lists is not ours to guess.",
            )
        elif owner["lineage"] != lineage:
            yield told(
                "host-other-owner",
                "A host belongs to another environment",
                f"{owner['root']} was put there by blueprint {owner['blueprint']!r}, environment "
                f"{owner['environment']!r}, lineage {owner['lineage'][:8]}",
                "Destroy that environment first, or name another machine.",
            )
        elif owner["host"] != host.address:
            yield told(
                "host-other-name",
                "A machine is another host of this environment already",
                f"{owner['root']} is that of {owner['host']}",
                "Give each host a machine of its own; a renamed host is destroyed under its old name first.",
            )


def _in_the_way(told: _Told, host: Host, facts: Mapping[str, Any]) -> Iterator[Diagnostic]:
    active: list[str] = facts["active"]
    for name in active:
        yield told(
            "host-foreign-service",
            "A service of others is in the way",
            f"{name} runs and is not aiotctl's, which takes over no broker or database of others",
            f"Stop it if nobody needs it: systemctl disable --now {name}. Otherwise name another machine.",
        )
    wanted = {port.preferred: service.name for service in host.services for port in service.ports}
    for holder in facts["holders"]:
        if holder["unit"] in active:
            continue  # one cause, one finding
        by = " ".join(filter(None, (holder["unit"], f"({holder['process']})" if holder["process"] else "")))
        yield told(
            "host-port",
            "A port is taken by others",
            f"{wanted[holder['port']]} needs port {holder['port']}, held by {by or 'a process'}",
            f"Stop what holds it (ss -ltnp 'sport = :{holder['port']}'), or choose another port.",
        )
