"""Stacks whose state lies in a bucket of a real S3 server, beside an environment's record and vault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import obstore
import pytest

from aiotctl.model.events import UnitDone
from aiotctl.stores import open_store, pulumi_url, ready_for_pulumi
from tests.backends.pulumi.conftest import Toy, arguments, unit
from tests.stores.conftest import record_of
from tests.stores.seaweed import Seaweed

HUB = "stack/hub"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seaweed]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    started = Seaweed(tmp_path / "seaweed")
    for name, value in started.environ().items():
        monkeypatch.setenv(name, value)
    try:
        started.start()
        yield started
    finally:
        started.stop()


def keys(server: Seaweed, below: str) -> list[str]:
    return [entry["path"] for page in obstore.list(server.store(), below) for entry in page]


def test_a_stack_is_made_by_one_of_two_at_once_and_removed(toy: Toy, server: Seaweed) -> None:
    url = server.url("shop/pilot")
    place = replace(
        toy.place,
        state=pulumi_url(url, "pulumi"),
        ready=lambda project, stack: ready_for_pulumi(url, "pulumi", project, stack),
    )
    here = Toy(toy.folder, place)
    open_store(url, print).save(record_of(1))

    here.wait(1)
    with ThreadPoolExecutor() as pool:
        two = [pool.submit(here.run, unit(arguments())) for _ in range(2)]
        ended = [one.result() for one in two]
    for events in ended:
        print(events)
    assert any(isinstance(events[-1], UnitDone) for events in ended)
    assert [line for line in here.made() if line.startswith("create ")] == ["create Machine.hub-1"]
    here.wait(0)

    same = here.backend.preview([unit(arguments(), state="applied")])[HUB]
    assert same.resources == ()
    here.up(unit(arguments(), state="applied", remove=True))
    assert here.things() == {}
    assert not [key for key in keys(server, "shop/pilot/pulumi/.pulumi/locks") if key.endswith(".json")]
    assert open_store(url, print).load() == record_of(1)
