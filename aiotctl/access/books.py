"""The authority's values under way: what is in the vault, what changes, who signs. Nothing is kept here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from aiotctl.access import signing
from aiotctl.access.issued import Issued, read_issued, write_issued
from aiotctl.errors import failure
from aiotctl.model.names import AUTHORITY, CRL, certificate_secret, key_secret
from aiotctl.model.primitives import Certificate

DAY = 86400
PREFIX = "certificate/"
ISSUED = PREFIX + "issued"
CRL_LIVES = 4
"""A revocation list holds for so many lives of a certificate, so that it is never what ends first."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long certificates hold, in days. One is renewed when fewer than ``renew`` days, or a third of its
    life, are left.
    """

    leaf: int = 90
    renew: int = 30
    authority: int = 3650


DEFAULT = Lifetimes()
DAYS = PREFIX + "days"
"""Vault name of the days that certificates of hosts and services hold, where somebody has chosen them."""


class Books:
    """The authority's values under way: what was there, what changed, and who signs."""

    def __init__(self, values: Mapping[str, str], now: int, lifetimes: Lifetimes | None = None) -> None:
        self.values, self.now = values, now
        self.lifetimes = lifetimes or Lifetimes(leaf=int(values.get(DAYS, DEFAULT.leaf)))
        self.entries = list(read_issued(values.get(ISSUED, "")))
        self.changed: dict[str, str | None] = {}
        self._signer: signing.Signer | None = None

    @property
    def exists(self) -> bool:
        """Whether there is an authority already."""
        return key_secret(AUTHORITY) in self.values

    @property
    def authority(self) -> str:
        """The authority's certificate."""
        made = self.changed.get(certificate_secret(AUTHORITY))
        return made or self.values[certificate_secret(AUTHORITY)]

    def current(self) -> Sequence[Issued]:
        """The newest entry of each name that is not revoked."""
        return tuple({one.name: one for one in self.entries if not one.revoked}.values())

    def due(self, wanted: Iterable[Certificate], renewing: bool = True) -> list[Certificate]:
        """Those of the wanted that must be issued: also those near their end, with ``renewing``."""
        current = {one.name: one for one in self.current()}
        return [
            one
            for one in wanted
            if self._is_missing(one, current.get(one.name)) or (renewing and self._is_old(current[one.name]))
        ]

    def _is_missing(self, wanted: Certificate, known: Issued | None) -> bool:
        if known is None or known.hosts != wanted.names:
            return True
        return not {key_secret(wanted.name), certificate_secret(wanted.name)} <= self.values.keys()

    def _is_old(self, known: Issued) -> bool:
        left = known.ends - self.now
        return left < min(self.lifetimes.renew * DAY, (known.ends - known.since) // 3)

    def issue(self, wanted: Certificate) -> Issued:
        """Issues a host's or service's certificate; the vault keeps its key."""
        pair, entry = self._sign(wanted.name, wanted.names, "", self.lifetimes.leaf)
        self.changed |= {key_secret(wanted.name): pair.key, certificate_secret(wanted.name): pair.certificate}
        return entry

    def hand_out(self, name: str, role: str, subject: str, days: int) -> tuple[signing.Pair, Issued]:
        """Issues a person's or program's certificate; its key is not kept. ``subject`` is who it is for
        brokers.
        """
        return self._sign(name, (), role, days, subject)

    def _sign(
        self, name: str, hosts: tuple[str, ...], role: str, days: int, subject: str = ""
    ) -> tuple[signing.Pair, Issued]:
        """A key and certificate. Raises AiotctlError when the authority's own time is over."""
        signer = self.signer()
        if signer.ends <= self.now:
            raise failure(
                "authority-ended",
                "The environment's authority has reached its end",
                "Its certificate no longer holds, so nothing can be issued or renewed.",
                "Give the environment another one with `aiotctl access authority new`, then apply.",
            )
        ends = min(self.now + days * DAY, signer.ends)
        pair, serial = signing.sign(signer, name, hosts, self.now, ends, subject)
        entry = Issued(name, serial, hosts, self.now, ends, role)
        self.entries.append(entry)
        return pair, entry

    def revoke(self, names: frozenset[str]) -> list[Issued]:
        """Marks what holds of these names, and lets the vault forget it."""
        gone: list[Issued] = []
        for number, entry in enumerate(self.entries):
            if entry.name in names and entry.holds(self.now):
                self.entries[number] = replace(entry, revoked=self.now)
                gone.append(self.entries[number])
                self.changed |= {key_secret(entry.name): None, certificate_secret(entry.name): None}
        return gone

    def signer(self) -> signing.Signer:
        """Who signs; made where there is nobody yet."""
        if self._signer is None:
            self._signer = signing.load_signer(self._pair())
        return self._signer

    def _pair(self) -> signing.Pair:
        if self.exists:
            return signing.Pair(
                self.values[key_secret(AUTHORITY)], self.values[certificate_secret(AUTHORITY)]
            )
        pair = signing.new_authority(self.now, self.lifetimes.authority)
        self.changed |= {key_secret(AUTHORITY): pair.key, certificate_secret(AUTHORITY): pair.certificate}
        return pair

    def list_is_due(self) -> bool:
        """Whether the revocation list is missing, lacks an entry, or has used up half of its life."""
        if CRL not in self.values:
            return True
        listed, ends = signing.revocations(self.values[CRL])
        if {one.serial for one in self._revoked()} - listed:
            return True
        return ends - self.now < self._list_lives() // 2

    def _revoked(self) -> list[Issued]:
        return [one for one in self.entries if one.revoked and self.now < one.ends]

    def _list_lives(self) -> int:
        return CRL_LIVES * self.lifetimes.leaf * DAY

    def written(self) -> Mapping[str, str | None]:
        """What the vault is to write."""
        if self.list_is_due():
            revoked = [(one.serial, one.revoked) for one in self._revoked()]
            ends = self.now + self._list_lives()
            self.changed[CRL] = signing.sign_revocations(self.signer(), revoked, self.now, ends)
        return {**self.changed, ISSUED: write_issued(self.entries, self.now)}
