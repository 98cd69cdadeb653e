"""What people are given, and that it is taken back."""

import json
import re

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from aiotctl.access import authority, people
from aiotctl.access.books import DAY
from aiotctl.access.passwords import scram_verifier
from aiotctl.access.people import Wish
from aiotctl.backends.sql_roles import fits
from aiotctl.model.access import Kind
from aiotctl.model.primitives import Certificate

ALL = (Kind.DATABASE, Kind.CERTIFICATE)
EVE = Wish("eve", "operator", ALL, 30)


def logins(vault):
    return json.loads(vault.kept("access/")["access/logins"])


def test_somebody_gets_a_login_and_a_certificate_and_the_vault_keeps_neither(vault, now):
    given = people.issue(vault, EVE, now)
    assert re.fullmatch(r"[\w-]{32}", given.password)
    assert given.authority == vault.kept("")["certificate/ca/cert"]
    (entry,) = authority.issued(vault)
    assert (entry.name, entry.role, entry.ends) == ("person.eve", "operator", now + 30 * DAY)
    kept = json.dumps(dict(vault.kept("")))
    assert given.password not in kept
    assert given.certificate.key.splitlines()[1] not in kept
    login = logins(vault)["person.eve"]
    assert (login["role"], login["ends"]) == ("role.operator", now + 30 * DAY)
    assert fits(given.password, login["verifier"])
    assert not fits(given.password + "x", login["verifier"])


def test_the_role_is_who_one_is_for_brokers(vault, now):
    certificate = x509.load_pem_x509_certificate(
        people.issue(vault, EVE, now).certificate.certificate.encode()
    )
    assert certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "role.operator"
    told = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert told.get_values_for_type(x509.UniformResourceIdentifier) == ["urn:aiotctl:person.eve"]


def test_issuing_again_replaces_what_was_issued(vault, now):
    first = people.issue(vault, EVE, now)
    second = people.issue(vault, Wish("eve", "analyst", ALL, 30), now + 60)
    assert not fits(first.password, logins(vault)["person.eve"]["verifier"])
    assert fits(second.password, logins(vault)["person.eve"]["verifier"])
    assert logins(vault)["person.eve"]["role"] == "role.analyst"
    assert [(one.role, bool(one.revoked)) for one in authority.issued(vault)] == [
        ("operator", True),
        ("analyst", False),
    ]
    assert [(one.name, one.role) for one in people.listed(vault)] == [("eve", "analyst")]


def test_revoking_takes_all_of_it(vault, now):
    people.issue(vault, EVE, now)
    people.issue(vault, Wish("bob", "operator", ALL, 30), now)
    gone, others = people.revoke(vault, "eve", now + 60)
    assert (gone.name, gone.revoked, others) == ("eve", now + 60, ())
    assert list(logins(vault)) == ["person.bob"]
    assert [bool(one.revoked) for one in authority.issued(vault)] == [True, False]
    assert [(one.name, one.holds(now + 60)) for one in people.listed(vault)] == [
        ("eve", False),
        ("bob", True),
    ]
    assert people.revoke(vault, "eve", now + 90) is None
    assert people.revoke(vault, "nobody", now) is None


def test_a_password_that_a_role_shares_is_made_anew_and_its_users_are_told(vault, now):
    kinds = (Kind.DATABASE, Kind.BROKER_PASSWORD)
    given = [
        people.issue(vault, Wish(name, role, kinds, 30), now)
        for name, role in (("eve", "operator"), ("bob", "operator"), ("ann", "analyst"))
    ]
    assert given[0].broker_password == given[1].broker_password != given[2].broker_password
    assert given[0].authority == ""
    assert vault.kept("certificate/") == {}
    _, others = people.revoke(vault, "eve", now)
    assert [one.name for one in others] == ["bob"]
    fresh = vault.values(["broker/role.operator", "broker/role.analyst"])
    assert fresh["broker/role.operator"] != given[0].broker_password
    assert fresh["broker/role.analyst"] == given[2].broker_password


def test_an_authority_of_hosts_is_told_to_people_without_a_certificate(vault, now):
    authority.ensure(vault, [Certificate("server.hub-1", ("10.0.0.1",))], now)
    given = people.issue(vault, Wish("eve", "operator", (Kind.DATABASE,), 30), now)
    assert given.certificate is None
    assert given.authority.startswith("-----BEGIN CERTIFICATE-----")


def test_a_login_ends_with_the_certificate(vault, now):
    given = people.issue(vault, EVE, now)
    assert given.credential.ends == logins(vault)["person.eve"]["ends"] == authority.issued(vault)[0].ends
    assert given.credential.holds(now + 29 * DAY)
    assert not given.credential.holds(now + 30 * DAY)


@pytest.mark.parametrize("length", [49, 63])
def test_a_long_name_is_a_login_of_its_own(vault, now, length):
    first, second = (people.issue(vault, Wish("n" * (length - 1) + c, "r" * 63, ALL, 1), now) for c in "ab")
    assert first.login != second.login
    assert len(first.login) <= 63
    assert set(logins(vault)) == {first.login, second.login}


def test_a_verifier_has_a_salt_of_its_own():
    assert scram_verifier("x") != scram_verifier("x")
