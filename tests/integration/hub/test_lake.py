"""The lake: every value once, in the folder of its type, site and day, whatever interrupts the export."""

from __future__ import annotations

import json
import subprocess
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pyarrow.parquet as pq
import pytest

from aiotctl.agents.lake_export import bucket
from aiotctl.catalog.databases.postgres_embedded import ENTRY as POSTGRES
from aiotctl.catalog.lakes.seaweedfs import ENTRY
from aiotctl.model.blueprint import ValueType

NOW = datetime.now(UTC).replace(microsecond=0)
PLATFORM = {"timeseries": ("postgres-embedded", {}), "lake": ("seaweedfs", {"export": "1s"})}


@pytest.fixture(scope="module")
def lake(hub, hub_context, lowered, make_series):
    series = (
        make_series(1, lake=True),
        make_series(2, "note", ValueType.TEXT, lake=True, site="plant-b"),
        make_series(3, "energy", ValueType.DECIMAL, lake=True),
        make_series(4, "private"),
    )
    given = hub_context(PLATFORM, series=series)
    hub.install(lowered(POSTGRES, given))
    hub.install(lowered(ENTRY, given))
    hub.start("postgres", wait=False)
    hub.start("seaweedfs")
    hub.wait_healthy("postgres")
    hub.apply(POSTGRES.schema(given))
    return hub


def store(lake, *rows) -> None:
    with (
        connect(lake, "writer") as connection,
        connection.cursor().copy("COPY aiot.ingest (time, s, f, d, t) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def connect(lake, role):
    return psycopg.connect(
        host="127.0.0.1",
        port=lake.port("postgres", "sql"),
        user=role,
        password=lake.secrets[f"database/{role}"],
        dbname="aiot",
        autocommit=True,
    )


def export(lake) -> None:
    command = [lake.bound(word) for word in lake.services["lake-export"].command]
    subprocess.run([*command, "--once"], check=True, timeout=60)


def opened(lake):
    return bucket.open_bucket(json.loads((lake.root / "lake-export.json").read_text())["bucket"])


def rows_of(lake) -> dict[str, list[dict]]:
    """Rows by folder."""
    import io

    import obstore

    opened_bucket = opened(lake)
    found: dict[str, list[dict]] = {}
    for block in obstore.list(opened_bucket):
        for entry in block:
            content = obstore.get(opened_bucket, entry["path"]).bytes()
            rows = pq.read_table(io.BytesIO(content.to_bytes())).to_pylist()
            found.setdefault(entry["path"].rsplit("/", 1)[0], []).extend(rows)
    return found


def test_values_go_to_the_folder_of_their_type_site_and_day(lake):
    late = NOW - timedelta(days=40)
    store(
        lake,
        (NOW, "1", 1.5, None, None),
        (late, "1", 2.5, None, None),
        (NOW, "2", None, None, 'a "quoted",\nline'),
        (NOW + timedelta(seconds=1), "2", None, None, ""),
        (NOW, "3", None, "18446744073709551615.25", None),
        (NOW, "4", 1.0, None, None),
    )
    export(lake)
    day = f"day={NOW.date()}"
    found = rows_of(lake)
    assert sorted(found) == sorted(
        [
            f"device_type=hydraulic-press/site=plant-a/{day}",
            f"device_type=hydraulic-press/site=plant-a/day={late.date()}",
            f"device_type=hydraulic-press/site=plant-b/{day}",
        ]
    )
    here = found[f"device_type=hydraulic-press/site=plant-a/{day}"]
    assert [(r["point"], r["time"], r["f"], r["d"]) for r in here] == [
        ("pressure", NOW, 1.5, None),
        ("energy", NOW, None, "18446744073709551615.25"),
    ]
    there = found[f"device_type=hydraulic-press/site=plant-b/{day}"]
    assert [r["t"] for r in there] == ['a "quoted",\nline', ""]
    assert found[f"device_type=hydraulic-press/site=plant-a/day={late.date()}"][0]["quality"] == 16


def test_an_export_without_news_writes_nothing(lake):
    export(lake)
    before = rows_of(lake)
    export(lake)
    assert rows_of(lake) == before


def test_a_value_that_commits_late_is_not_skipped(lake):
    with connect(lake, "writer") as slow:
        slow.autocommit = False
        slow.execute("INSERT INTO aiot.ingest (time, s, f) VALUES (%s, '1', 7)", [NOW + timedelta(seconds=5)])
        command = [lake.bound(word) for word in lake.services["lake-export"].command]
        waiting = subprocess.Popen([*command, "--once"])
        time.sleep(1)
        assert waiting.poll() is None
        slow.commit()
        assert waiting.wait(30) == 0
    values = [r["f"] for rows in rows_of(lake).values() for r in rows]
    assert values.count(7) == 1


def test_killed_at_any_moment_no_row_is_lost_or_doubled(lake):
    """Kills an export again and again, each a little later in its work, until one comes to its end."""
    command = [lake.bound(word) for word in lake.services["lake-export"].command]
    base, count, interrupted = NOW + timedelta(hours=1), 0, 0
    for delay_ms in range(0, 400, 20):
        numbers = range(count, count + 2000)
        store(lake, *((base + timedelta(milliseconds=k), "1", float(k), None, None) for k in numbers))
        count += len(numbers)
        running = subprocess.Popen([*command, "--once"])
        wait_for_open_batch(lake, running)
        time.sleep(delay_ms / 1000)
        running.kill()
        running.wait()
        interrupted += state_of_export(lake) == "open"
    export(lake)
    values = [r["f"] for rows in rows_of(lake).values() for r in rows if r["time"] >= base]
    assert sorted(values) == [float(k) for k in range(count)]
    assert interrupted >= 3


def wait_for_open_batch(lake, running) -> None:
    """Returns when the export has begun a batch, or has ended."""
    with connect(lake, "exporter") as connection:
        while running.poll() is None:
            if connection.execute("SELECT 1 FROM aiot.export WHERE state = 'open'").fetchone():
                return
            time.sleep(0.002)


def state_of_export(lake) -> str:
    with connect(lake, "exporter") as connection:
        return connection.execute("SELECT state FROM aiot.export ORDER BY batch DESC LIMIT 1").fetchone()[0]


def test_the_jobs_tell_how_they_fare_and_stop_when_told(lake):
    for name in ("maintenance", "lake-export"):
        lake.start(name)
    with connect(lake, "reader") as connection:
        deadline = time.monotonic() + 10
        while len(jobs := dict(connection.execute("SELECT name, failure FROM aiot.job").fetchall())) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert jobs == {"maintenance": None, "lake-export": None}
    lake.kill("seaweedfs")
    store(lake, (NOW + timedelta(days=1), "1", 1.0, None, None))
    with connect(lake, "reader") as connection:
        failure = "SELECT failure FROM aiot.job WHERE name = 'lake-export'"
        deadline = time.monotonic() + 30
        while connection.execute(failure).fetchone() == (None,):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        lake.start("seaweedfs")
        while connection.execute(failure).fetchone() != (None,):
            assert time.monotonic() < deadline
            time.sleep(0.2)
    for name in ("maintenance", "lake-export"):
        process = lake.running[name]
        lake.stop(name)
        assert process.returncode == 0


def test_days_beyond_the_retention_leave(lake):
    assert bucket.remove_days(opened(lake), NOW.date(), timedelta(days=30)) == 1
    assert NOW.date().isoformat() in str(sorted(rows_of(lake)))
    assert bucket.remove_days(opened(lake), NOW.date(), timedelta(days=30)) == 0
