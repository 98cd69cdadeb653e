"""Certificates of hosts around an apply: issued before binding, renewed in time, revoked with their host."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from aiotctl.access import authority, people
from aiotctl.access.people import Wish
from aiotctl.engine.secrets import changed_secrets
from aiotctl.engine.selection import Selection
from aiotctl.errors import AiotctlError
from aiotctl.model.access import Kind
from aiotctl.model.primitives import Certificate, Host
from aiotctl.model.record import Record, UnitRecord
from aiotctl.session import certificates
from aiotctl.stores import open_vault
from aiotctl.stores.vault import FileVault
from tests.engine.double import bundle

DAY = 86400
HUB, GATEWAY = Certificate("server.hub", ("10.0.0.1",)), Certificate("gateway.a.gw")
BUNDLE = bundle()


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return open_vault(tmp_path / ".aiotctl" / "pilot", tmp_path)


def issued(vault: FileVault, days_ago: int) -> None:
    authority.ensure(vault, [HUB, GATEWAY], int(time.time()) - days_ago * DAY)


def record(vault: FileVault) -> Record:
    """Two units applied with the certificates that the vault has now."""
    held = {
        "host/hub": ("certificate/server.hub/key", "certificate/crl", "certificate/ca/cert"),
        "host/a/gw": ("certificate/gateway.a.gw/key", "certificate/ca/cert"),
    }
    units = {address: _unit(address, vault.fingerprints(names)) for address, names in held.items()}
    return Record("l", 1, "shop", "pilot", "0", units)


def _unit(address: str, secrets: Mapping[str, str]) -> UnitRecord:
    digest = BUNDLE.units[address].digest
    return UnitRecord(digest, "host", {}, "", "", "", {}, "applied", 0.0, secrets=secrets)


def test_a_unit_gets_what_it_lacks_and_keeps_what_it_has(vault: FileVault) -> None:
    host = replace(_host(), certificates=(HUB, GATEWAY))
    certificates.complete(vault, host)
    first = vault.kept("certificate/")
    authority.revoke(vault, [GATEWAY.name], int(time.time()))
    certificates.complete(vault, host)
    second = vault.kept("certificate/")
    assert second["certificate/server.hub/cert"] == first["certificate/server.hub/cert"]
    assert second["certificate/gateway.a.gw/cert"] != first["certificate/gateway.a.gw/cert"]


def test_a_unit_without_certificates_makes_no_authority(vault: FileVault) -> None:
    certificates.complete(vault, _host())
    assert vault.kept("") == {}


def test_what_is_due_is_renewed_and_seen_as_a_changed_secret(vault: FileVault) -> None:
    issued(vault, days_ago=70)
    known = record(vault)
    assert changed_secrets(known.units, vault) == {}
    certificates.renew(vault, known)
    changed = changed_secrets(known.units, vault)
    assert changed["host/a/gw"] == ("certificate/gateway.a.gw/key",)
    assert "certificate/server.hub/key" in changed["host/hub"]


def test_a_scheduled_job_touches_only_units_that_are_otherwise_as_applied(vault: FileVault) -> None:
    issued(vault, days_ago=70)
    known = record(vault)
    certificates.renew(vault, known)
    secrets = changed_secrets(known.units, vault)
    everything = Selection()
    assert certificates.holders(BUNDLE, known, everything, secrets).targets == ("host/a/gw", "host/hub")
    assert certificates.holders(BUNDLE, known, Selection(("host/a",)), secrets).targets == ("host/a/gw",)
    edited = {**known.units, "host/hub": replace(known.units["host/hub"], digest="another")}
    pending = replace(known, units=edited)
    assert certificates.holders(BUNDLE, pending, everything, secrets).targets == ("host/a/gw",)
    nothing = certificates.holders(BUNDLE, known, everything, {})
    assert not any(nothing.covers(address, unit.site) for address, unit in BUNDLE.units.items())


def test_what_only_a_removed_host_uses_is_revoked(vault: FileVault) -> None:
    issued(vault, days_ago=1)
    known = record(vault)
    left = replace(known, units={"host/hub": known.units["host/hub"]})
    assert certificates.retire(vault, known, left)
    assert [(one.name, bool(one.revoked)) for one in authority.issued(vault)] == [
        ("server.hub", False),
        ("gateway.a.gw", True),
    ]
    assert list(changed_secrets(known.units, vault)) == ["host/hub", "host/a/gw"]  # the hub hears of it


def test_where_nothing_is_gone_nothing_is_revoked(vault: FileVault) -> None:
    issued(vault, days_ago=1)
    assert not certificates.retire(vault, record(vault), record(vault))
    assert not any(one.revoked for one in authority.issued(vault))


def test_endings_are_of_what_is_used(vault: FileVault) -> None:
    issued(vault, days_ago=70)
    now = int(time.time())
    authority.ensure(vault, [Certificate("server.gone")], now - 70 * DAY)
    people.issue(vault, Wish("eve", "operator", (Kind.CERTIFICATE,), 5), now)
    people.issue(vault, Wish("bob", "operator", (Kind.CERTIFICATE,), 60), now)
    found = {one.name for one in certificates.endings(vault, record(vault))}
    assert found == {"server.hub", "gateway.a.gw", "person.eve"}


def test_a_certificate_that_nobody_issued_is_told(vault: FileVault) -> None:
    with pytest.raises(AiotctlError):
        vault.values(["certificate/server.hub/key"])


def _host() -> Host:
    host = BUNDLE.render("host/hub")
    assert isinstance(host, Host)
    return host
