"""The bookkeeping of exports, kept in the database beside the values."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, LiteralString, NamedTuple

from aiotctl.agents.job import Connection

DONE_BATCHES_KEPT = 1000


class Batch(NamedTuple):
    """The values with from_n < n <= to_n. ``origin`` and ``number`` name its objects."""

    origin: str
    number: int
    from_n: int
    to_n: int


def next_batch(connection: Connection, at_most: int) -> Batch | None:
    """The batch that was interrupted, else a new one of at most so many insertion numbers, else None."""
    (origin,) = _row(connection, "SELECT id FROM aiot.origin")
    unfinished = connection.execute(
        "SELECT batch, from_n, to_n FROM aiot.export WHERE state = 'open'"
    ).fetchone()
    if unfinished:
        return Batch(origin, *unfinished)
    number, done = _row(connection, "SELECT coalesce(max(batch), 0), coalesce(max(to_n), 0) FROM aiot.export")
    (horizon,) = _row(connection, "SELECT aiot.export_horizon()")
    if horizon <= done:
        return None
    batch = Batch(origin, number + 1, done, min(horizon, done + at_most))
    connection.execute(
        "INSERT INTO aiot.export (batch, from_n, to_n, state) VALUES (%s, %s, %s, 'open')", batch[1:]
    )
    return batch


def announce(connection: Connection, batch: Batch, keys: Collection[str]) -> tuple[str, ...]:
    """Records the objects about to be written; returns those of an interrupted attempt that are not among
    them.

    They differ where a device was moved or a series left the lake in between.
    """
    with connection.transaction():
        rows = connection.execute("SELECT key FROM aiot.export_object WHERE batch = %s", [batch.number])
        earlier = {str(key) for (key,) in rows.fetchall()}
        connection.cursor().executemany(
            "INSERT INTO aiot.export_object VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [(batch.number, key) for key in keys],
        )
    return tuple(sorted(earlier.difference(keys)))


def finish(connection: Connection, batch: Batch, rows: int) -> None:
    """Records that all objects of the batch are stored."""
    with connection.transaction():
        connection.execute("DELETE FROM aiot.export_object WHERE batch = %s", [batch.number])
        connection.execute(
            "UPDATE aiot.export SET state = 'done', rows = %s, finished = now() WHERE batch = %s",
            [rows, batch.number],
        )
        connection.execute("DELETE FROM aiot.export WHERE batch <= %s", [batch.number - DONE_BATCHES_KEPT])


def _row(connection: Connection, query: LiteralString) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    if row is None:
        raise RuntimeError("the database has no origin: its schema was not applied")
    return row
