"""Asks all machines at once, before the first effect, whether they can take what is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiotctl.backends.preflight_findings import facts_findings, unusable
from aiotctl.backends.remote_python import Question, Reply, Unusable, ask
from aiotctl.backends.remote_surroundings import dialled
from aiotctl.backends.ssh_findings import finding
from aiotctl.backends.ssh_troubles import Failed
from aiotctl.diagnostics import Diagnostic
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.primitives import Host

BASE = "/var/lib/aiotctl"
"""The folder of all roots on a machine."""

WITHIN_S = 30.0
"""So long a machine may take to answer, connecting included."""

_FOREIGN = {"mosquitto": "mosquitto.service", "postgresql-15": "postgresql@*.service"}
"""Services of Debian's own that would stand beside ours, by the package that ours need too."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A host that is to be changed: its machine is `host.place`, `lineage` its environment's.

    `arch` is Go's name of the architecture that is compiled for; `password` sudo's, for when it asks.
    """

    host: Host
    lineage: str
    arch: str = "amd64"
    password: str = field(default="", repr=False)


def preflight(candidates: Sequence[Candidate]) -> Mapping[str, tuple[Diagnostic, ...]]:
    """All findings of all hosts, by the unit's address; a host without any is not in it.

    Raises AiotctlError where there is no ssh, or a place cannot be dialled as it is written.
    """
    replies = ask([_question(candidate) for candidate in candidates], WITHIN_S)
    found = {
        candidate.host.address: _findings(candidate, reply)
        for candidate, reply in zip(candidates, replies, strict=True)
    }
    return {address: findings for address, findings in found.items() if findings}


def _question(candidate: Candidate) -> Question:
    host, place = candidate.host, _place(candidate)
    ports = [
        ("0.0.0.0" if port.exposed else dialled(place.address, port), port.preferred)
        for service in host.services
        for port in service.ports
    ]
    services = [_FOREIGN[package.name] for package in host.packages if package.name in _FOREIGN]
    request = {"ports": ports, "services": services, "base": BASE}
    return Question(place, "preflight", request, candidate.password)


def _findings(candidate: Candidate, reply: Reply) -> tuple[Diagnostic, ...]:
    match reply:
        case Failed():
            return (finding(_place(candidate), reply),)
        case Unusable():
            return (unusable(_place(candidate), reply),)
        case _:
            return tuple(facts_findings(candidate.host, candidate.lineage, candidate.arch, reply))


def _place(candidate: Candidate) -> HostPlace:
    place = candidate.host.place
    assert place is not None
    return place
