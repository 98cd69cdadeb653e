"""Values of a batch as Parquet files, one a folder of device type, site and day (UTC) of the values' own
time.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib import import_module
from typing import Any, LiteralString, cast
from urllib.parse import quote

from aiotctl.agents.job import Connection
from aiotctl.agents.lake_export.batches import Batch

Table = Any
"""A ``pyarrow.Table``; pyarrow has no types, and is loaded only where there is something to export."""

_FOLDER = ("device_type", "site", "day")

_QUERY = """
COPY (
    SELECT device_type, site, to_char(v.time AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
        (extract(epoch FROM v.time) * 1000000)::bigint AS time,
        series, device, point, pipeline, aggregate, unit, f, i, d, t, b, quality, n
    FROM aiot.value AS v JOIN aiot.series AS s ON s.id = v.series
    WHERE v.n > {from_n} AND v.n <= {to_n} AND s.lake
    ORDER BY device_type, site, day, series, v.time
) TO STDOUT WITH (FORMAT csv, HEADER)
"""


def read(connection: Connection, batch: Batch) -> Table:
    """The batch's rows, sorted by folder, series and time.

    ``d`` (numbers beyond 64 bits) is text, so that no digit is lost; exactly one of f, i, d, t, b holds the
    value, none where the quality says that there is none.
    """
    text = io.BytesIO()
    query = _QUERY.format(from_n=int(batch.from_n), to_n=int(batch.to_n))
    with connection.cursor().copy(cast(LiteralString, query)) as copy:
        for block in copy:
            text.write(block)
    return _table(text.getvalue())


def files(table: Table, batch: Batch) -> dict[str, Table]:
    """Object key to rows. Keys follow from the batch and its rows alone."""
    found: dict[str, Table] = {}
    for folder, start, length in _runs(table):
        path = "/".join(
            f"{name}={quote(value, safe='')}" for name, value in zip(_FOLDER, folder, strict=True)
        )
        rows = table.slice(start, length).drop_columns(list(_FOLDER))
        found[f"{path}/{batch.origin}-{batch.number:012d}.parquet"] = rows
    return found


def encode(rows: Table) -> bytes:
    """A Parquet file in memory."""
    made = io.BytesIO()
    import_module("pyarrow.parquet").write_table(rows, made, compression="zstd")
    return made.getvalue()


def _table(text: bytes) -> Table:
    pa, csv = import_module("pyarrow"), import_module("pyarrow.csv")

    types = {
        name: pa.string() for name in (*_FOLDER, "device", "point", "pipeline", "aggregate", "unit", "d", "t")
    }
    types |= {"time": pa.timestamp("us", "UTC"), "f": pa.float64(), "b": pa.bool_(), "quality": pa.int16()}
    types |= {name: pa.int64() for name in ("series", "i", "n")}
    numbers = types | {"time": pa.int64()}
    options = csv.ConvertOptions(
        column_types=numbers,
        true_values=["t"],
        false_values=["f"],
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    parsed = csv.read_csv(
        io.BytesIO(text),
        read_options=csv.ReadOptions(use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=options,
    )
    return parsed.cast(pa.schema([(name, types[name]) for name in parsed.column_names]))


def _runs(table: Table) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Folder, first row and number of rows of each folder; the table is sorted by folder."""
    counts = table.group_by(list(_FOLDER), use_threads=False).aggregate([([], "count_all")])
    start = 0
    for row in counts.to_pylist():
        yield tuple(row[name] for name in _FOLDER), start, row["count_all"]
        start += row["count_all"]
