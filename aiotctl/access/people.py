"""What people and programs were given: a login of the database, and a way into the broker.

Two values of the vault: ``access/people`` (who was given what, also what was taken back) and
``access/logins``, which the schema's unit applies: ``{"person.eve": {"role": "role.operator",
"verifier": …, "ends": 0}}``. A password itself is kept nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from aiotctl.access.books import DAY, Books, Lifetimes
from aiotctl.access.passwords import new_password, scram_verifier
from aiotctl.access.signing import Pair
from aiotctl.catalog.databases.postgres.quoting import fitting
from aiotctl.engine.protocols import Vault
from aiotctl.model import names
from aiotctl.model.access import Credential, Kind
from aiotctl.model.primitives import LOGINS

PEOPLE = "access/people"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody is to be given; ``days`` how long it holds."""

    name: str
    role: str
    kinds: tuple[Kind, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody was given. It is shown to nobody else and kept nowhere. What was not asked for is empty;
    ``authority`` is the certificate by which servers are known, empty where there is none.
    """

    credential: Credential
    login: str
    password: str = field(repr=False)
    certificate: Pair | None = field(repr=False)
    broker_password: str = field(repr=False)
    authority: str


def issue(vault: Vault, wish: Wish, now: int, lifetimes: Lifetimes | None = None) -> Given:
    """Gives somebody credentials, in place of what that one had before."""
    made: list[Given] = []
    broker = ""
    if Kind.BROKER_PASSWORD in wish.kinds:
        secret = names.broker_secret(names.access_role(wish.role))
        broker = vault.values([secret])[secret]

    def work(values: Mapping[str, str]) -> Mapping[str, str | None]:
        books = Books(values, now, lifetimes)
        people = [one for one in _read(values) if one.name != wish.name]
        replaced = books.revoke(frozenset([names.person(wish.name)]))
        pair, ends = None, now + wish.days * DAY
        if Kind.CERTIFICATE in wish.kinds:
            person, subject = names.person(wish.name), names.access_role(wish.role)
            pair, entry = books.hand_out(person, wish.role, subject, wish.days)
            ends = entry.ends
        credential = Credential(wish.name, wish.role, wish.kinds, now, ends)
        password, login = new_password(), fitting(names.person(wish.name))
        logins = {name: one for name, one in _logins(values).items() if name != login}
        if Kind.DATABASE in wish.kinds:
            role = fitting(names.access_role(wish.role))
            logins[login] = {"role": role, "verifier": scram_verifier(password), "ends": ends}
        authority = books.authority if books.exists or pair else ""
        made.append(Given(credential, login, password, pair, broker, authority))
        changed: Mapping[str, str | None] = books.written() if replaced or pair else {}
        return {**changed, **_written([*people, credential], logins)}

    vault.change(work)
    return made[-1]


def revoke(
    vault: Vault, name: str, now: int, lifetimes: Lifetimes | None = None
) -> tuple[Credential, tuple[Credential, ...]] | None:
    """Takes back what somebody was given: the login, and the certificate or the role's password. Returns it,
    and who had the same password and needs the new one; None where that one has nothing.
    """
    known = {one.name: one for one in listed(vault)}
    if name not in known or known[name].revoked:
        return None
    gone = replace(known[name], revoked=now)
    shared = Kind.BROKER_PASSWORD in gone.kinds
    others = tuple(one for one in known.values() if one.name != name and _shares(one, gone, now))

    def work(values: Mapping[str, str]) -> Mapping[str, str | None]:
        books = Books(values, now, lifetimes)
        revoked = books.revoke(frozenset([names.person(name)]))
        people = [gone if one.name == name else one for one in _read(values)]
        logins = {
            login: one for login, one in _logins(values).items() if login != fitting(names.person(name))
        }
        password = names.broker_secret(names.access_role(gone.role))
        forgotten: Mapping[str, str | None] = {password: None} if shared else {}
        return {**(books.written() if revoked else {}), **forgotten, **_written(people, logins)}

    vault.change(work)
    return gone, others if shared else ()


def listed(vault: Vault) -> tuple[Credential, ...]:
    """Everybody who was given something, in the order in which it was given, also what was taken back."""
    return tuple(_read(vault.kept(PEOPLE)))


def _shares(one: Credential, gone: Credential, now: int) -> bool:
    return one.role == gone.role and Kind.BROKER_PASSWORD in one.kinds and one.holds(now)


def _read(values: Mapping[str, str]) -> list[Credential]:
    trees = cast("list[dict[str, Any]]", json.loads(values.get(PEOPLE, "[]")))
    return [
        Credential(
            tree["name"],
            tree["role"],
            tuple(Kind(kind) for kind in tree["kinds"]),
            tree["since"],
            tree["ends"],
            tree["revoked"],
        )
        for tree in trees
    ]


def _logins(values: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    return cast("dict[str, dict[str, Any]]", json.loads(values.get(LOGINS.name, "{}")))


def _written(people: list[Credential], logins: Mapping[str, Any]) -> Mapping[str, str]:
    trees = [
        {
            "name": one.name,
            "role": one.role,
            "kinds": [kind.value for kind in one.kinds],
            "since": one.since,
            "ends": one.ends,
            "revoked": one.revoked,
        }
        for one in people
    ]
    return {PEOPLE: json.dumps(trees), LOGINS.name: json.dumps(dict(sorted(logins.items())))}
