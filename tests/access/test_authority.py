"""The authority's certificates and lists, judged by the ``openssl`` program."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from aiotctl.access import authority, people
from aiotctl.access.books import DAY, Lifetimes
from aiotctl.errors import AiotctlError
from aiotctl.model.access import Kind
from aiotctl.model.names import common_name
from aiotctl.model.primitives import Certificate

GATEWAY = Certificate("gateway.plant-a.gw-1")
ALL = ("gateway.plant-a.gw-1", "server.hub-1")
SERVER = Certificate("server.hub-1", ("10.20.0.2", "hub-1.plant.example", "::1"))


@pytest.fixture
def openssl(tmp_path, openssl_program):

    def verify(vault, name: str, purpose: str, at: int, *more: str) -> str:
        """What ``openssl verify`` says of a certificate, with the revocation list looked at."""
        values = vault.kept("certificate/")
        files = {}
        for key in ("certificate/ca/cert", "certificate/crl", f"certificate/{name}/cert"):
            files[key] = tmp_path / key.replace("/", "-")
            files[key].write_text(values[key])
        words = [openssl_program, "verify", "-CAfile", *map(str, list(files.values())[:1])]
        words += ["-CRLfile", str(files["certificate/crl"]), "-crl_check_all", "-x509_strict"]
        words += ["-purpose", purpose, "-attime", str(at), *more, str(files[f"certificate/{name}/cert"])]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return "OK" if done.returncode == 0 else done.stderr

    return verify


def give(vault, now, days):
    return people.issue(vault, people.Wish("eve", "operator", (Kind.CERTIFICATE,), days), now)


def leaf(vault, name):
    return x509.load_pem_x509_certificate(vault.kept("certificate/")[f"certificate/{name}/cert"].encode())


def test_a_client_and_a_server_are_what_they_are_for(vault, now, openssl):
    made = authority.ensure(vault, [GATEWAY, SERVER], now)
    assert [one.name for one in made] == [GATEWAY.name, SERVER.name]
    assert openssl(vault, GATEWAY.name, "sslclient", now) == "OK"
    assert openssl(vault, SERVER.name, "sslserver", now, "-verify_ip", "10.20.0.2") == "OK"
    assert openssl(vault, SERVER.name, "sslserver", now, "-verify_hostname", "hub-1.plant.example") == "OK"
    assert openssl(vault, SERVER.name, "sslserver", now, "-verify_ip", "::1") == "OK"
    assert "unsuit" in openssl(vault, GATEWAY.name, "sslserver", now)
    assert "unsuit" in openssl(vault, SERVER.name, "sslclient", now)
    assert "IP address mismatch" in openssl(vault, SERVER.name, "sslserver", now, "-verify_ip", "10.20.0.3")


def test_it_holds_for_its_time_and_no_longer(vault, now, openssl):
    authority.ensure(vault, [GATEWAY], now)
    assert openssl(vault, GATEWAY.name, "sslclient", now - DAY + 60) == "OK"  # a clock that is behind
    assert openssl(vault, GATEWAY.name, "sslclient", now + 90 * DAY - 60) == "OK"
    assert "expired" in openssl(vault, GATEWAY.name, "sslclient", now + 90 * DAY + 60)


def test_nothing_is_issued_twice(vault, now):
    authority.ensure(vault, [GATEWAY, SERVER], now)
    before = vault.kept("")
    assert authority.ensure(vault, [GATEWAY, SERVER], now + DAY) == ()
    assert authority.renew(vault, ALL, now + DAY) == ()
    assert vault.kept("") == before


def test_what_is_no_longer_used_is_not_renewed(vault, now):
    authority.ensure(vault, [GATEWAY, SERVER], now)
    assert [one.name for one in authority.renew(vault, [SERVER.name], now + 70 * DAY)] == [SERVER.name]


def test_what_is_due_can_be_left_as_it_is(vault, now):
    authority.ensure(vault, [GATEWAY], now)
    later = now + 70 * DAY
    assert authority.ensure(vault, [GATEWAY], later, renewing=False) == ()
    assert len(authority.ensure(vault, [GATEWAY], later)) == 1


def test_without_certificates_there_is_no_authority(vault, now):
    assert authority.ensure(vault, [], now) == ()
    assert authority.renew(vault, ALL, now) == ()
    assert vault.kept("") == {}


@pytest.mark.parametrize(
    ("days", "life", "renewed"), [(59, 90, False), (61, 90, True), (5, 9, False), (7, 9, True)]
)
def test_it_is_renewed_when_a_third_or_thirty_days_are_left(vault, now, openssl, days, life, renewed):
    lifetimes = Lifetimes(leaf=life)
    authority.ensure(vault, [GATEWAY], now, lifetimes)
    before = leaf(vault, GATEWAY.name)
    later = now + days * DAY
    assert [one.name for one in authority.renew(vault, ALL, later, lifetimes)] == [GATEWAY.name] * renewed
    after = leaf(vault, GATEWAY.name)
    assert (after.public_key() != before.public_key()) is renewed
    assert openssl(vault, GATEWAY.name, "sslclient", later) == "OK"


def test_other_hosts_get_another_certificate(vault, now, openssl):
    authority.ensure(vault, [SERVER], now)
    moved = Certificate(SERVER.name, ("10.20.0.9",))
    assert len(authority.ensure(vault, [moved], now + 1)) == 1
    assert openssl(vault, SERVER.name, "sslserver", now + 1, "-verify_ip", "10.20.0.9") == "OK"


def test_what_is_revoked_is_refused_and_issued_anew(vault, now, openssl):
    authority.ensure(vault, [GATEWAY, SERVER], now)
    stolen = vault.kept("certificate/")[f"certificate/{GATEWAY.name}/cert"]
    gone = authority.revoke(vault, [GATEWAY.name], now + 60)
    assert [(one.name, one.revoked) for one in gone] == [(GATEWAY.name, now + 60)]
    assert f"certificate/{GATEWAY.name}/key" not in vault.kept("certificate/")
    assert openssl(vault, SERVER.name, "sslserver", now + 120) == "OK"

    authority.ensure(vault, [GATEWAY, SERVER], now + 120)
    assert openssl(vault, GATEWAY.name, "sslclient", now + 120) == "OK"
    vault.put("certificate/stolen/cert", stolen)
    assert "revoked" in openssl(vault, "stolen", "sslclient", now + 120)


def test_revoking_takes_the_superseded_ones_too(vault, now, openssl):
    authority.ensure(vault, [GATEWAY], now)
    vault.put("certificate/first/cert", vault.kept("certificate/")[f"certificate/{GATEWAY.name}/cert"])
    authority.renew(vault, ALL, now + 70 * DAY)
    assert openssl(vault, "first", "sslclient", now + 70 * DAY) == "OK"  # until every host has its new one
    assert len(authority.revoke(vault, [GATEWAY.name], now + 71 * DAY)) == 2
    assert "revoked" in openssl(vault, "first", "sslclient", now + 71 * DAY)


def test_revoking_what_is_not_there_writes_nothing(vault, now):
    assert authority.revoke(vault, ["nobody"], now) == ()
    authority.ensure(vault, [GATEWAY], now)
    before = vault.kept("")
    assert authority.revoke(vault, ["nobody"], now) == ()
    assert authority.revoke(vault, [GATEWAY.name], now + 91 * DAY) == ()  # it has ended by itself
    assert vault.kept("") == before


def test_the_list_never_ends_before_the_certificates(vault, now, openssl):
    authority.ensure(vault, [GATEWAY], now)
    moment, lists = now, set()
    for _ in range(24):
        moment += 29 * DAY
        authority.renew(vault, ALL, moment)
        lists.add(vault.kept("certificate/")["certificate/crl"])
        assert openssl(vault, GATEWAY.name, "sslclient", moment + 29 * DAY) == "OK"
    assert len(lists) == 4  # each change of it reaches every server, so it is signed anew only half-yearly


def test_a_list_is_signed_anew_where_nothing_else_is_due(vault, now):
    lifetimes = Lifetimes(leaf=90)
    give(vault, now, 30)
    before = vault.kept("certificate/")["certificate/crl"]
    assert authority.renew(vault, ALL, now + 181 * DAY, lifetimes) == ()
    assert vault.kept("certificate/")["certificate/crl"] != before


LONG = f"gateway.{'s' * 63}.{'g' * 62}"


@pytest.mark.parametrize("name", [f"{LONG}1", f"{LONG}2"])
def test_a_name_that_is_too_long_is_shortened_and_stays_distinct(vault, now, openssl, name):
    authority.ensure(vault, [Certificate(f"{LONG}1"), Certificate(f"{LONG}2")], now)
    subject = leaf(vault, name).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert subject == common_name(name)
    assert len(subject) == 64
    assert subject != common_name(f"{LONG}3")
    names = leaf(vault, name).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [f"urn:aiotctl:{name}"]
    assert openssl(vault, name, "sslclient", now) == "OK"


def test_what_ends_soon_is_told(vault, now):
    authority.ensure(vault, [GATEWAY], now)
    give(vault, now, 40)
    assert authority.ending(vault, now) == ()
    assert [one.name for one in authority.ending(vault, now + 20 * DAY)] == ["person.eve"]
    authority.renew(vault, ALL, now + 65 * DAY)
    assert [one.name for one in authority.ending(vault, now + 65 * DAY)] == ["person.eve"]
    assert "ca" in [one.name for one in authority.ending(vault, now + 3640 * DAY)]


def test_a_list_of_revocations_that_ends_soon_is_told_and_renewed(vault, now):
    """Its end shuts all out. Each apply renews it long before; here nobody applied for eleven months."""
    authority.ensure(vault, [GATEWAY], now)
    late = now + 335 * DAY
    assert "revocations" not in [one.name for one in authority.ending(vault, now + 329 * DAY)]
    assert "revocations" in [one.name for one in authority.ending(vault, late)]
    authority.renew(vault, ALL, late)
    assert "revocations" not in [one.name for one in authority.ending(vault, late)]


def test_nothing_outlives_the_authority(vault, now):
    lifetimes = Lifetimes(authority=100)
    authority.ensure(vault, [GATEWAY], now, lifetimes)
    authority.renew(vault, ALL, now + 70 * DAY, lifetimes)
    assert leaf(vault, GATEWAY.name).not_valid_after_utc == datetime.fromtimestamp(now + 100 * DAY, UTC)
    with pytest.raises(AiotctlError) as error:
        authority.renew(vault, ALL, now + 101 * DAY, lifetimes)
    assert error.value.diagnostics[0].code == "authority-ended"


def test_a_certificate_is_never_made_up(vault):
    with pytest.raises(AiotctlError) as error:
        vault.values(["certificate/gateway.plant-a.gw-1/cert"])
    assert error.value.diagnostics[0].code == "certificate-missing"
    assert vault.kept("") == {}


def test_keys_show_nowhere(vault, now, tmp_path: Path):
    authority.ensure(vault, [GATEWAY], now)
    keys = [value for name, value in vault.kept("certificate/").items() if name.endswith("/key")]
    assert len(keys) == 2
    given = give(vault, now, 7)
    pair = given.certificate
    assert pair.key not in repr(given)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("latin-1")
            assert not any(key.splitlines()[1] in text for key in [*keys, pair.key])


def test_hosts_certificates_hold_as_long_as_was_chosen(vault, now):
    authority.ensure(vault, [GATEWAY], now)
    authority.hold_for(vault, 30)
    authority.ensure(vault, [GATEWAY, SERVER], now)
    assert [(one.ends - one.since) // DAY for one in authority.issued(vault)] == [90, 30]
    assert authority.renew(vault, ALL, now + 19 * DAY) == ()
    assert [one.name for one in authority.renew(vault, ALL, now + 21 * DAY)] == [SERVER.name]
    authority.replace(vault, None, now)
    about = authority.about(vault)
    assert about is not None
    assert about.days == 30
