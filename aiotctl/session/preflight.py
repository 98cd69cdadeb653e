"""The preflight of an apply: whether the machines can take what is planned, asked before the first effect."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.engine.protocols import Vault
from aiotctl.errors import AiotctlError, Exit
from aiotctl.model.address import is_central
from aiotctl.model.bundle import Bundle
from aiotctl.model.plan import Action, Plan
from aiotctl.model.primitives import Host
from aiotctl.session.sudo import sudo_password

AWAY = frozenset({"host-unreachable", "host-timeout"})
"""A gateway that is away fails alone, in its wave; whether the rollout goes on is the wave's to decide."""


def require_ready(plan: Plan, bundle: Bundle, lineage: str, vault: Vault) -> tuple[Diagnostic, ...]:
    """Asks every machine that is to be changed, and gives what does not stand in the way. Raises AiotctlError
    with all findings of all of them where something does.
    """
    wanted = [change.address for change in plan.changes if change.action is not Action.DELETE]
    hosts = [unit for unit in map(bundle.render, wanted) if isinstance(unit, Host) and unit.place]
    if not hosts:
        return ()
    from aiotctl.backends.preflight import Candidate, preflight

    candidates = [
        Candidate(host, lineage, _architecture(bundle, host.address), sudo_password(host.place, vault))
        for host in hosts
    ]
    found = preflight(candidates)
    findings = tuple(one for of_host in found.values() for one in of_host)
    if any(_stops(address, one) for address, of_host in found.items() for one in of_host):
        raise AiotctlError(findings, Exit.ERROR)
    return tuple(replace(one, severity=Severity.WARNING) for one in findings)


def _stops(address: str, finding: Diagnostic) -> bool:
    return finding.severity is Severity.ERROR and (is_central(address) or finding.code not in AWAY)


def _architecture(bundle: Bundle, address: str) -> str:
    facts = cast("dict[str, dict[str, str]]", bundle.own_facts(address))
    return "amd64" if is_central(address) else facts["gateway"].get("arch", "amd64")
