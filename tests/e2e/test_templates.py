"""Every template, applied to this machine: its data arrive, twice is once, and a reboot is repaired."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import lake
from .conftest import made
from .laptop import FLOWING_S, Laptop, Watch, kill_all, until

TEMPLATES = ("press-shop", "energy-metering", "cold-chain")
NOTHING_TO_DO_S = 2.0
"""An apply that finds everything as wanted; a second on an idle machine (`make bench` holds it to that)."""


@pytest.fixture(scope="module", params=TEMPLATES)
def laptop(request: pytest.FixtureRequest, programs: None) -> Iterator[Laptop]:
    """An applied template; its end is the test that destroy leaves nothing."""
    with made(request.param) as project:
        project.apply().ok()
        yield project


def test_every_series_flows(laptop: Laptop) -> None:
    seconds = laptop.wait_flowing()
    print(
        f"{laptop.folder.name}: {len(laptop.verify().verdicts)} series flow {seconds:.1f} s after the apply"
    )


def test_a_second_apply_does_nothing_and_starts_no_ansible(laptop: Laptop) -> None:
    services, serial = laptop.services(), laptop.record.serial
    assert laptop.changes() == {}
    quickest = min(laptop.apply().ok().processor for _ in range(2))
    assert Watch("ansible").run(laptop.start("apply", "--env", "laptop", "--yes")) == set()
    assert laptop.record.serial == serial
    assert laptop.services() == services
    assert laptop.changes() == {}
    print(f"{laptop.folder.name}: an apply without a change took {quickest:.2f} s of processor")
    assert quickest < NOTHING_TO_DO_S


def test_each_value_is_stored_once_under_a_known_series(laptop: Laptop) -> None:
    [(rows, values)] = laptop.rows("SELECT count(*), count(DISTINCT (series, time)) FROM aiot.value")
    assert rows == values > 0
    assert laptop.rows("SELECT s, count FROM aiot.stray") == []
    [(key,)] = laptop.rows(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = 'aiot.value'::regclass AND contype = 'p'"
    )
    assert key == 'PRIMARY KEY (series, "time")'


def test_the_lake_holds_what_the_database_held_at_the_last_export(laptop: Laptop) -> None:
    until(lambda: len(lake.objects(laptop)) > 0, FLOWING_S, "no object in the lake")
    in_objects, told, stored = lake.counts(laptop)
    assert in_objects == told == stored > 0


def test_every_device_type_and_pipeline_has_a_view_with_rows(laptop: Laptop) -> None:
    found = laptop.rows(
        "SELECT schemaname, viewname FROM pg_views WHERE schemaname IN ('devices', 'pipelines')"
    )
    types = laptop.rows("SELECT DISTINCT device_type FROM aiot.series WHERE pipeline = ''")
    pipelines = laptop.rows("SELECT DISTINCT pipeline FROM aiot.series WHERE pipeline <> ''")
    assert len(found) == len(types) + len(pipelines) > 1
    for schema, view in found:
        [(rows, devices)] = laptop.rows(f'SELECT count(*), count(DISTINCT device) FROM {schema}."{view}"')
        assert rows > 0 and devices > 0, view


def test_after_a_reboot_apply_repairs(laptop: Laptop) -> None:
    wanted = laptop.services().keys()
    kill_all(laptop)
    told = laptop.apply().ok()
    assert laptop.services().keys() == wanted
    assert laptop.strays() == []
    seconds = laptop.wait_flowing()
    print(f"{laptop.folder.name}: repaired in {told.seconds:.1f} s, all series flow {seconds:.1f} s later")
