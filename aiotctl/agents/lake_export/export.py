"""One round of exports: batch after batch until nothing is left to export."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiotctl.agents.job import Connection, Facts
from aiotctl.agents.lake_export import batches, bucket, parquet

if TYPE_CHECKING:
    from aiotctl.agents.lake_export.bucket import Bucket

LARGEST_BATCH = 200_000
"""Insertion numbers of one batch; about 100 MB of memory while it is written."""


def export_all(connection: Connection, store: Bucket) -> Facts:
    """Exports what is new."""
    rows = count = 0
    while batch := batches.next_batch(connection, LARGEST_BATCH):
        rows += export(connection, store, batch)
        count += 1
    return {"batches": count, "rows": rows}


def export(connection: Connection, store: Bucket, batch: batches.Batch) -> int:
    """Writes one batch and returns its number of rows. Doing it again writes the same again."""
    table = parquet.read(connection, batch)
    files = parquet.files(table, batch)
    superseded = batches.announce(connection, batch, files)
    for key, rows in files.items():
        bucket.put(store, key, parquet.encode(rows))
    bucket.remove(store, superseded)
    batches.finish(connection, batch, table.num_rows)
    return table.num_rows


class Retention:
    """Removes old days from the lake, at most every few hours because it lists the whole bucket."""

    EVERY = timedelta(hours=6)

    def __init__(self, retain: timedelta) -> None:
        self._retain = retain
        self._due = datetime.min.replace(tzinfo=UTC)

    def enforce(self, store: Bucket, now: datetime) -> Facts:
        """What was removed, if it was time."""
        if now < self._due:
            return {}
        removed = bucket.remove_days(store, now.date(), self._retain)
        self._due = now + self.EVERY
        return {"removed": removed}
