"""Stacks previewed, made, changed, looked at and removed by the real engine."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

from aiotctl.model.plan import ResourceAction
from tests.backends.pulumi.conftest import Toy, arguments, unit


def test_a_stack_is_previewed_made_changed_and_removed(toy: Toy) -> None:
    asked = arguments(database=True)
    first = toy.backend.preview([unit(asked)])["stack/hub"]
    assert {(one.type, one.name, one.action) for one in first.resources} == {
        ("toy:index:Machine", "hub-1", ResourceAction.CREATE),
        ("toy:index:Database", "database", ResourceAction.CREATE),
    }
    assert first.outputs["machine/hub-1/address"] is None
    assert toy.things() == {} and not list((toy.folder / "state").rglob("*.json")), "a plan makes nothing"

    [done] = toy.up(unit(asked))
    assert done.outputs["machine/hub-1/address"] == toy.things()["Machine.hub-1"]["address"]
    assert dict(done.items) == {"resource hub-1": "create", "resource database": "create"}
    assert b"the password" not in written(toy.folder, but=("world", "shipped"))

    same = toy.backend.preview([unit(asked, state="applied")])["stack/hub"]
    assert (same.resources, same.outputs) == ((), done.outputs)


def written(folder: Path, but: Sequence[str]) -> bytes:
    """All that lies in a folder, unpacked."""
    files = [one for one in folder.rglob("*") if one.is_file() and set(one.parts).isdisjoint(but)]
    texts = [one.read_bytes() for one in files]
    return b"".join(gzip.decompress(one) if one.startswith(b"\x1f\x8b") else one for one in texts)
