"""The preflight of an apply: whether the machines can take what is planned, asked before the first effect; of
machines that a stack of this apply makes, as soon as they are there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.engine.protocols import Vault
from aiotctl.errors import AiotctlError, Exit
from aiotctl.model.address import is_central
from aiotctl.model.bundle import Bundle
from aiotctl.model.names import AWAY
from aiotctl.model.plan import Action, Plan
from aiotctl.model.primitives import Host
from aiotctl.session.sudo import sudo_password

STARTING_S, PAUSE_S = 180.0, 2.0
"""So long a machine that was just made may take until it lets anybody in, and how often it is asked."""

NOT_YET = AWAY | {"host-key-changed"}
"""What is told of a machine that still starts. An image may show a host key of its own until the known one is
put in: it is never taken, the machine is asked again.
"""

Findings = Mapping[str, tuple[Diagnostic, ...]]


def _as_it_is(host: Host) -> Host:
    return host


def require_ready(
    plan: Plan, bundle: Bundle, lineage: str, vault: Vault, placed: Callable[[Host], Host] = _as_it_is
) -> tuple[Diagnostic, ...]:
    """Asks every machine that is to be changed and is there before the apply; gives what does not stand in
    the way. A gateway that is away is among that: it fails alone, in its wave, and whether the rollout goes
    on is the wave's to decide. ``placed`` gives a host with the address of its machine. Raises AiotctlError
    with all findings of all machines.
    """
    wanted = [change.address for change in plan.changes if change.action is not Action.DELETE]
    hosts = [unit for unit in map(bundle.render, wanted) if isinstance(unit, Host) and unit.place]
    there = [placed(host) for host in hosts if host.place and host.place.stack not in wanted]
    found = [one for told in _asked(there, bundle, lineage, vault).values() for one in told]
    if any(map(_stops, found)):
        raise AiotctlError(tuple(found), Exit.ERROR)
    return tuple(replace(one, severity=Severity.WARNING) for one in found)


def unready(hosts: Sequence[Host], bundle: Bundle, lineage: str, vault: Vault) -> Mapping[str, Diagnostic]:
    """Asks machines that a stack has just made, until they have started; the first error of each."""
    deadline = time.monotonic() + STARTING_S
    waiting, found = list(hosts), dict[str, Diagnostic]()
    while waiting:
        told = _asked(waiting, bundle, lineage, vault)
        errors = {host.address: _error(told.get(host.address, ())) for host in waiting}
        found |= {address: error for address, error in errors.items() if error}
        away = {address for address, error in errors.items() if error and error.code in NOT_YET}
        waiting = [host for host in waiting if host.address in away]
        if time.monotonic() > deadline:
            break
        for host in waiting:
            found.pop(host.address)
        time.sleep(PAUSE_S if waiting else 0)
    return found


def _error(findings: Sequence[Diagnostic]) -> Diagnostic | None:
    return next((one for one in findings if one.severity is Severity.ERROR), None)


def _asked(hosts: Sequence[Host], bundle: Bundle, lineage: str, vault: Vault) -> Findings:
    if not hosts:
        return {}
    from aiotctl.backends.preflight import Candidate, preflight

    return preflight(
        [
            Candidate(host, lineage, _architecture(bundle, host.address), sudo_password(host.place, vault))
            for host in hosts
        ]
    )


def _stops(finding: Diagnostic) -> bool:
    return finding.severity is Severity.ERROR and (is_central(finding.address) or finding.code not in AWAY)


def _architecture(bundle: Bundle, address: str) -> str:
    facts = cast("dict[str, dict[str, str]]", bundle.own_facts(address))
    return "amd64" if is_central(address) else facts["gateway"].get("arch", "amd64")
