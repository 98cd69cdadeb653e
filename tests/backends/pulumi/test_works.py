"""Stacks previewed, made, changed, looked at and removed by the real engine."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from aiotctl.model.plan import Drift, ResourceAction
from tests.backends.pulumi.conftest import Toy, arguments, unit
from tests.backends.pulumi.key_service import key_service

HUB = "stack/hub"


def test_a_stack_is_previewed_made_changed_and_removed(toy: Toy) -> None:
    asked = arguments(database=True)
    first = toy.backend.preview([unit(asked)], stamped=True)[HUB]
    assert {(one.type, one.name, one.action) for one in first.resources} == {
        ("toy:index:Machine", "hub-1", ResourceAction.CREATE),
        ("toy:index:Database", "database", ResourceAction.CREATE),
    }
    assert (first.outputs["machine/hub-1/address"], first.version) == (None, "absent")
    assert not toy.things(), "a plan makes nothing"
    assert not list((toy.folder / "state").rglob("*.json")), "and no stack"

    [done] = toy.up(unit(asked))
    assert done.outputs["machine/hub-1/address"] == toy.things()["Machine.hub-1"]["address"]
    assert dict(done.items) == {"resource hub-1": "create", "resource database": "create"}
    assert b"the password" not in written(toy.folder, but=("world", "shipped"))

    same = toy.backend.preview([unit(asked, state="applied")], stamped=True)[HUB]
    assert (same.resources, same.outputs) == ((), done.outputs)
    assert {HUB: same.version} == toy.backend.versions([unit(asked, state="applied")])

    other = arguments(("hub-1", "hub-2"), database=True)
    moved = replace(other, machines=(replace(other.machines[0], memory_gib=8), other.machines[1]))
    more = {one.name: one for one in toy.backend.preview([unit(moved, state="applied")])[HUB].resources}
    assert (more["hub-1"].action, more["hub-1"].reasons) == (ResourceAction.UPDATE, ("memory",))
    assert (more["hub-2"].action, more["hub-2"].loses_data) == (ResourceAction.CREATE, False)
    toy.up(unit(moved, state="applied"))
    assert toy.backend.versions([unit(moved, state="applied")]) != {HUB: same.version}

    leaving = toy.backend.preview([unit(moved, remove=True, state="applied")])[HUB]
    assert {one.action for one in leaving.resources} == {ResourceAction.DELETE}
    assert {one.name for one in leaving.resources} == {"hub-1", "hub-2", "database"}
    toy.up(unit(moved, remove=True, state="applied"))
    assert toy.things() == {}
    assert toy.backend.versions([unit(moved, remove=True, state="applied")]) == {HUB: "absent"}


def test_what_cannot_be_changed_is_replaced_and_what_is_lost_with_it_is_named(toy: Toy) -> None:
    asked = replace(arguments(database=True), bucket=None)
    toy.up(unit(asked))
    there = replace(asked, region="there")
    plan = toy.backend.preview([unit(there, state="applied")])[HUB]
    assert {(one.name, one.action, one.reasons) for one in plan.resources} == {
        ("hub-1", ResourceAction.REPLACE, ("region",)),
        ("database", ResourceAction.REPLACE, ("region",)),
    }
    assert plan.outputs["machine/hub-1/address"] is None, "what hangs on it may change"


def test_a_look_finds_what_a_hand_removed_and_the_next_apply_makes_it_again(toy: Toy) -> None:
    asked = arguments()
    toy.up(unit(asked))
    (toy.world / "Machine.hub-1.json").unlink()
    assert toy.backend.preview([unit(asked, state="applied")])[HUB].resources == ()
    seen = toy.backend.preview([unit(asked, state="applied")], refresh=True)[HUB]
    assert seen.drift == (Drift("toy:index:Machine hub-1", "is gone"),)
    assert [(one.name, one.action) for one in seen.resources] == [("hub-1", ResourceAction.CREATE)]
    toy.up(replace(unit(asked, state="applied"), refresh=True))
    assert list(toy.things()) == ["Machine.hub-1"]


def test_a_clouds_key_encrypts_what_is_secret_in_the_state(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "awskms://alias/aiotctl?region=eu-central-1"
    asked = arguments(database=True)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-tests-alone")
    with key_service() as (url, operations):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        toy.up(unit(asked, key=key))
        assert "Encrypt" in operations
        other = toy.with_passphrase("another, which nothing hangs on")
        same = other.backend.preview([unit(asked, state="applied", key=key)])[HUB]
        assert same.resources == ()
    [state] = (toy.folder / "state" / ".pulumi" / "stacks").rglob("*.json")
    assert json.loads(state.read_text())["checkpoint"]["latest"]["secrets_providers"]["state"]["url"] == key
    assert b"the password" not in written(toy.folder, but=("world", "shipped"))


def test_two_stacks_are_made_side_by_side(toy: Toy) -> None:
    hub, field = arguments(), arguments(("gw-1",))
    hub_done, field_done = toy.up(unit(hub), unit(field, "stack/field"))
    assert {hub_done.address, field_done.address} == {HUB, "stack/field"}
    assert set(toy.things()) == {"Machine.hub-1", "Machine.gw-1"}


def written(folder: Path, but: Sequence[str]) -> bytes:
    """All that lies in a folder, unpacked."""
    files = [one for one in folder.rglob("*") if one.is_file() and set(one.parts).isdisjoint(but)]
    texts = [one.read_bytes() for one in files]
    return b"".join(gzip.decompress(one) if one.startswith(b"\x1f\x8b") else one for one in texts)
