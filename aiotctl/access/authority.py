"""The private authority of an environment: it issues, renews and revokes, and keeps all of it in the vault.

Values of the vault: ``certificate/ca/key`` and ``certificate/ca/cert``, ``certificate/NAME/key`` and
``certificate/NAME/cert`` for what was issued, ``certificate/crl`` (the revocation list, which always
exists) and ``certificate/issued`` (see ``issued.py``). A changed value changes the fingerprint of the units
that hold it, so an ordinary apply delivers it. ``now`` is the time in seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from aiotctl.access import signing
from aiotctl.access.books import DAY, DAYS, DEFAULT, ISSUED, PREFIX, Books, Lifetimes
from aiotctl.access.issued import Issued, read_issued
from aiotctl.engine.protocols import Vault
from aiotctl.errors import Exit, failure
from aiotctl.model.access import Authority
from aiotctl.model.names import AUTHORITY, CRL, REVOCATIONS, certificate_secret, key_secret
from aiotctl.model.primitives import Certificate


def ensure(
    vault: Vault,
    certificates: Iterable[Certificate],
    now: int,
    lifetimes: Lifetimes | None = None,
    renewing: bool = True,
) -> tuple[Issued, ...]:
    """Issues what is not there yet or has other hosts now, and with ``renewing`` what is due; returns it.
    Durable on return.
    """
    wanted = {certificate.name: certificate for certificate in certificates}
    if not wanted or not Books(vault.kept(PREFIX), now, lifetimes).due(wanted.values(), renewing):
        return ()
    made: list[Issued] = []

    def work(values: Mapping[str, str]) -> Mapping[str, str | None]:
        books = Books(values, now, lifetimes)
        made.extend(books.issue(certificate) for certificate in books.due(wanted.values(), renewing))
        return books.written()

    vault.change(work)
    return tuple(made)


def renew(
    vault: Vault, used: Collection[str], now: int, lifetimes: Lifetimes | None = None
) -> tuple[Issued, ...]:
    """Renews those of the used certificates that are due, and the revocation list; returns what was issued.

    What people were given is not renewed: they hold files of their own.
    """
    books = Books(vault.kept(PREFIX), now, lifetimes)
    if not books.exists:
        return ()
    current = (one for one in books.current() if one.name in used and not one.role)
    known = tuple(Certificate(one.name, one.hosts) for one in current)
    if books.due(known):
        return ensure(vault, known, now, lifetimes)
    if books.list_is_due():
        vault.change(lambda values: Books(values, now, lifetimes).written())
    return ()


def revoke(
    vault: Vault, names: Collection[str], now: int, lifetimes: Lifetimes | None = None
) -> tuple[Issued, ...]:
    """Revokes every certificate of these names that still holds, and forgets their keys.

    A host's or service's is issued anew by the next apply, where the blueprint still has it.
    """
    gone: list[Issued] = []

    def work(values: Mapping[str, str]) -> Mapping[str, str | None]:
        books = Books(values, now, lifetimes)
        gone.extend(books.revoke(frozenset(names)))
        return books.written() if gone else {}

    if any(one.holds(now) and one.name in names for one in issued(vault)):
        vault.change(work)
    return tuple(gone)


def issued(vault: Vault) -> tuple[Issued, ...]:
    """Everything that was issued and is remembered, oldest first."""
    return read_issued(vault.kept(ISSUED).get(ISSUED, ""))


def ending(vault: Vault, now: int, within_days: int = DEFAULT.renew) -> tuple[Issued, ...]:
    """The newest certificate of each name, where it ends within so many days or has ended; the authority's
    own is called ``ca``, and the list of revocations, past whose end servers let nobody in, ``revocations``.
    """
    books = Books(vault.kept(PREFIX), now)
    found = [*books.current()]
    if books.exists:
        signer = books.signer()
        found.append(Issued(AUTHORITY, signer.certificate.serial_number, (), 0, signer.ends))
    if CRL in books.values:
        found.append(Issued(REVOCATIONS, 0, (), 0, signing.revocations(books.values[CRL])[1]))
    return tuple(one for one in found if one.ends < now + within_days * DAY)


def about(vault: Vault) -> Authority | None:
    """The authority as people compare it; None where there is none yet."""
    books = Books(vault.kept(PREFIX), 0)
    return signing.describe(books.signer(), books.lifetimes.leaf) if books.exists else None


def replace(vault: Vault, pair: signing.Pair | None, now: int, lifetimes: Lifetimes | None = None) -> None:
    """Puts another authority in place of the former one, a new one for None. What that one issued is
    forgotten: hosts and services get theirs anew with the next apply, people must be given theirs again.

    Raises AiotctlError for what cannot be an authority.
    """
    chosen = pair or signing.new_authority(now, (lifetimes or DEFAULT).authority)
    problem = signing.unfit(chosen, now)
    if problem:
        raise failure(
            "authority-unfit",
            "This cannot be the environment's authority",
            problem,
            "Give a self-signed CA certificate (PEM) and its private key without a passphrase (PEM).",
            Exit.USAGE,
        )

    def work(values: Mapping[str, str]) -> Mapping[str, str | None]:
        former = {name: None for name in values if name.startswith(PREFIX) and name != DAYS}
        own = {key_secret(AUTHORITY): chosen.key, certificate_secret(AUTHORITY): chosen.certificate}
        return {**former, **Books(own, now, lifetimes).written(), **own}

    vault.change(work)


def hold_for(vault: Vault, days: int) -> None:
    """Lets certificates of hosts and services hold for so many days, from the next one on."""
    vault.put(DAYS, str(days))
