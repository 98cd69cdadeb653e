"""Certificates of hosts and services: issued before a unit is bound, renewed in time, revoked with their
host.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiotctl.backends.all_surroundings import AllSurroundings
from aiotctl.diagnostics import Diagnostic
from aiotctl.engine.protocols import Vault
from aiotctl.engine.selection import Selection
from aiotctl.model.access import CertificateState
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Event
from aiotctl.model.names import AUTHORITY, REVOCATIONS
from aiotctl.model.primitives import Host, Rendered
from aiotctl.model.record import Record, UnitRecord

PREFIX, KEY = "certificate/", "/key"
NOWHERE = "certificates"
"""No unit has this address: what a selection of nothing names."""


@dataclass(frozen=True, slots=True)
class CertifiedSurroundings:
    """Surroundings in which hosts also find their certificates issued. ``asked`` is the preflight of machines
    that a stack has just made.
    """

    inner: AllSurroundings
    vault: Vault
    asked: Callable[[Sequence[Host]], Mapping[str, Diagnostic]] = lambda _: {}

    def prepare(self, hosts: Sequence[Host], tell: Callable[[Event], None]) -> None:
        """Issues what these hosts need, and obtains their programs."""
        from aiotctl.access import authority

        wanted = [one for host in hosts for one in host.certificates if one.is_bound]
        if wanted:
            authority.ensure(self.vault, wanted, int(time.time()))
        self.inner.prepare(hosts, tell)

    def ports(self, hosts: Sequence[Host], known: Mapping[str, str]) -> Mapping[str, str]:
        """As the inner ones have it."""
        return self.inner.ports(hosts, known)

    def places(self, host: Host) -> Mapping[str, str]:
        """As the inner ones have it."""
        return self.inner.places(host)

    def login(self, place: HostPlace) -> HostPlace:
        """As the inner ones have it."""
        return self.inner.login(place)

    def unready(self, hosts: Sequence[Host]) -> Mapping[str, Diagnostic]:
        """What the preflight finds."""
        return self.asked(hosts)


def complete(vault: Vault, rendered: Rendered) -> None:
    """Issues what a unit needs and the vault does not have, such as what was revoked since. Nothing is
    renewed: what was applied stays what it was.
    """
    certificates = rendered.certificates if isinstance(rendered, Host) else ()
    keys = [f"{PREFIX}{certificate.name}{KEY}" for certificate in certificates]
    # The authority's books hold the whole fleet: they are opened only where something is missing.
    if all(vault.fingerprints(keys).values()):
        return
    from aiotctl.access import authority

    authority.ensure(vault, certificates, int(time.time()), renewing=False)


def renew(vault: Vault, record: Record) -> None:
    """Renews what the applied units use and is due, so that a plan sees it as a changed secret."""
    names = used(record.units.values())
    if names:
        from aiotctl.access import authority

        authority.renew(vault, names, int(time.time()))


def retire(vault: Vault, before: Record, after: Record) -> bool:
    """Revokes what only units used that are in the record no longer; whether there was any."""
    gone = before.units.keys() - after.units.keys()
    names = used(before.units[address] for address in gone) - used(after.units.values())
    if not names:
        return False
    from aiotctl.access import authority

    return bool(authority.revoke(vault, names, int(time.time())))


def holders(
    bundle: Bundle, record: Record, chosen: Selection, secrets: Mapping[str, tuple[str, ...]]
) -> Selection:
    """The units, of those chosen, that hold a certificate with a new value and are otherwise as they were
    applied: what else the blueprint changes waits for a whole apply.
    """
    found = (
        address
        for address, names in secrets.items()
        if any(name.startswith(PREFIX) for name in names)
        and address in bundle.units
        and bundle.units[address].digest == record.units[address].digest
        and chosen.covers(address, bundle.units[address].site)
    )
    return Selection(tuple(sorted(found)) or (NOWHERE,))


def endings(vault: Vault, record: Record) -> tuple[CertificateState, ...]:
    """Certificates that end within thirty days, or have ended: those in use, people's, the authority's; and
    the list of revocations.
    """
    from aiotctl.access import authority

    names = used(record.units.values())
    found = authority.ending(vault, int(time.time()))
    mine = (one for one in found if one.name in names or one.role or one.name in (AUTHORITY, REVOCATIONS))
    return tuple(CertificateState(one.name, one.since, one.ends) for one in mine)


def used(units: Iterable[UnitRecord]) -> frozenset[str]:
    """Names of the certificates whose keys these units were given."""
    secrets = {secret for unit in units for secret in unit.secrets}
    keys = (secret for secret in secrets if secret.startswith(PREFIX) and secret.endswith(KEY))
    return frozenset(key.removeprefix(PREFIX).removesuffix(KEY) for key in keys)
