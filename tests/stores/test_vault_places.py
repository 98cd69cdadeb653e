"""What a vault promises wherever it is kept."""

import json

import pyrage
import pytest

from aiotctl.errors import AiotctlError
from aiotctl.stores import age
from aiotctl.stores.identity import VARIABLE

from .places import Place


@pytest.fixture
def project(tmp_path):
    return tmp_path / "shop"


def refusal(call) -> AiotctlError:
    with pytest.raises(AiotctlError) as error:
        call()
    return error.value


def identity_of(project):
    return (project / ".aiotctl" / "identity.age").read_text().splitlines()[1]


def opened(place: Place, project):
    """What is in the vault for one who has the identity and no aiotctl."""
    known = pyrage.x25519.Identity.from_str(identity_of(project))
    return json.loads(pyrage.decrypt(place.read("vault.age"), [known]))


def test_nothing_is_made_by_looking(place: Place, project):
    vault = place.vault(project)
    assert vault.fingerprints(["broker/a"]) == {"broker/a": ""}
    assert vault.kept("") == {}
    assert vault.rewrap() is False
    assert not project.exists()
    assert place.listing() == []


def test_a_secret_is_born_once_and_stays(place: Place, project):
    vault = place.vault(project)
    first = vault.values(["broker/a", "database/reader"])
    assert opened(place, project)["values"] == first  # durable before it was given
    assert place.vault(project).values(["broker/a", "broker/b"])["broker/a"] == first["broker/a"]
    assert vault.values(["database/reader"])["database/reader"] == first["database/reader"]


def test_asking_for_what_is_known_writes_nothing(place: Place, project):
    place.vault(project).values(["broker/a"])
    before = place.read("vault.age")
    place.vault(project).values(["broker/a"])
    assert place.read("vault.age") == before


def test_a_change_sees_what_is_there_and_writes_as_one_step(place: Place, project):
    vault, other = place.vault(project), place.vault(project)
    vault.put("a", "1")
    other.put("b", "2")
    seen = []

    def work(known):
        seen.append(dict(known))
        return {"a": None, "c": known["b"] + "!"}

    vault.change(work)
    assert seen[-1] == {"a": "1", "b": "2"}
    assert place.vault(project).kept("") == {"b": "2", "c": "2!"}


def test_a_change_that_changes_nothing_writes_nothing(place: Place, project):
    vault = place.vault(project)
    vault.put("a", "1")
    before = place.read("vault.age")
    vault.change(lambda known: {"a": known["a"], "gone": None})
    assert place.read("vault.age") == before


def test_a_change_that_fails_changes_nothing(place: Place, project):
    vault = place.vault(project)
    vault.put("a", "1")
    with pytest.raises(ZeroDivisionError):
        vault.change(lambda known: {"a": str(1 // 0)})
    assert place.vault(project).kept("") == {"a": "1"}


def test_who_is_listed_later_can_open_it_after_a_rewrap(place: Place, project):
    vault = place.vault(project)
    vault.values(["broker/a"])
    colleague = age.new_identity()
    with (project / ".aiotctl" / "recipients").open("a") as listed:
        listed.write(f"{age.public_key(colleague)} # eve\n")
    assert vault.rewrap() is True
    known = pyrage.x25519.Identity.from_str(colleague)
    assert "broker/a" in json.loads(pyrage.decrypt(place.read("vault.age"), [known]))["values"]


def test_another_machine_with_the_identity_opens_it(place: Place, project, tmp_path, monkeypatch):
    first = place.vault(project).values(["broker/a"])
    prints = place.vault(project).fingerprints(["broker/a"])
    monkeypatch.setenv(VARIABLE, identity_of(project))
    fresh = place.vault(tmp_path / "fresh")
    assert fresh.fingerprints(["broker/a"]) == prints
    assert fresh.values(["broker/a"]) == first


def test_another_machine_without_it_is_told(place: Place, project, tmp_path):
    place.vault(project).values(["broker/a"])
    error = refusal(lambda: place.vault(tmp_path / "fresh").values(["broker/a"]))
    assert error.diagnostics[0].code == "identity-missing"
    assert place.name("vault.age") in error.diagnostics[0].detail
    stranger = tmp_path / "other" / ".aiotctl"
    stranger.mkdir(parents=True)
    (stranger / "identity.age").write_text(age.new_identity())
    error = refusal(lambda: place.vault(tmp_path / "other").values(["broker/a"]))
    assert error.diagnostics[0].code == "vault-closed"
    assert place.name("vault.age") in error.diagnostics[0].detail


@pytest.mark.parametrize("cut", [1, 100, -1])
def test_a_torn_vault_is_told_and_left(place: Place, project, cut):
    place.vault(project).values(["broker/a"])
    torn = place.read("vault.age")[:cut]
    place.write("vault.age", torn)
    assert refusal(lambda: place.vault(project).values(["broker/b"])).diagnostics[0].code == "vault-closed"
    assert place.read("vault.age") == torn
