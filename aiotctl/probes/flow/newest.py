"""The newest values, asked of the database: one query over fresh partitions, and a wider one for what it
lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString

from aiotctl.model.verification import Dropped, Job, Newest
from aiotctl.probes.flow.sources import Database

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]
else:
    Connection = Any

FRESH = "2 days"
"""The partitions that are looked into first. Only what has been silent for longer costs a search through
all.
"""

_NEWEST: LiteralString = """
SELECT wanted.id, newest.time, extract(epoch FROM now() - newest.time)::float8,
    coalesce(t, b::text, d::text, i::text, f::text), newest.quality
FROM unnest(%(ids)s::bigint[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT * FROM aiot.value
    WHERE value.series = wanted.id AND value.time > %(after)s AND value.time <= %(until)s
    ORDER BY value.time DESC LIMIT 1
) AS newest
"""


_DROPPED: LiteralString = """
SELECT gateway, dropped_values, dropped_messages,
    extract(epoch FROM now() - dropped_told)::float8, limit_bytes
FROM aiot.buffer
WHERE dropped_values > 0 AND dropped_told > now() - interval '30 days'
ORDER BY gateway
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database knows: newest values by series, those from the future apart, jobs, strays, drops."""

    newest: dict[int, Newest] = field(default_factory=dict[int, Newest])
    ahead: dict[int, Newest] = field(default_factory=dict[int, Newest])
    jobs: tuple[Job, ...] = ()
    strays: int = 0
    dropped: tuple[Dropped, ...] = ()


def connect(database: Database) -> Connection:
    """A read-only connection that gives up after a few seconds."""
    import psycopg

    return psycopg.connect(
        host=database.server or database.host,
        hostaddr=database.host if database.server else None,
        sslmode="verify-full" if database.server else None,
        sslrootcert=database.authority or None,
        port=database.port,
        user=database.user,
        password=database.password,
        dbname=database.name,
        autocommit=True,
        connect_timeout=3,
        application_name="aiotctl verify",
        options="-c default_transaction_read_only=on -c statement_timeout=30s",
    )


def stored(connection: Connection, series: Sequence[int]) -> Stored:
    """Asks for these series. A value counts as from the future beyond a minute ahead of the database's
    clock.
    """
    fresh_from, tolerated = _row(
        connection, f"SELECT now() - interval '{FRESH}', now() + interval '1 minute'"
    )
    found = dict(_newest(connection, series, fresh_from, tolerated))
    older = [one for one in series if one not in found]
    found |= _newest(connection, older, "-infinity", fresh_from)
    missing = [one for one in series if one not in found]
    ahead = dict(_newest(connection, missing, tolerated, "infinity"))
    (strays,) = _row(connection, "SELECT coalesce(sum(count), 0)::bigint FROM aiot.stray")
    return Stored(found, ahead, tuple(_jobs(connection)), strays, tuple(_dropped(connection)))


def _newest(
    connection: Connection, series: Sequence[int], after: datetime | str, until: datetime | str
) -> Iterable[tuple[int, Newest]]:
    if not series:
        return
    query = connection.execute(_NEWEST, {"ids": list(series), "after": after, "until": until})
    for number, *facts in query:
        yield number, Newest(*facts)


def _jobs(connection: Connection) -> Iterator[Job]:
    age = "extract(epoch FROM now() - ran)::float8"
    for row in connection.execute(f"SELECT name, {age}, coalesce(failure, '') FROM aiot.job ORDER BY name"):
        yield Job(*row)


def _dropped(connection: Connection) -> Iterator[Dropped]:
    """What full buffers cost of late; nothing where the database is of a time before it was told."""
    (known,) = _row(connection, "SELECT to_regclass('aiot.buffer') IS NOT NULL")
    if known:
        for row in connection.execute(_DROPPED):
            yield Dropped(*row)


def _row(connection: Connection, query: LiteralString) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row
