"""Rows of the table of series."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aiotctl.backends.sql import Connection, run
from aiotctl.model.primitives import Series

COLUMNS = (
    *("id", "address", "site", "gateway", "device", "device_type", "point", "pipeline", "aggregate"),
    *("type", "unit", "low", "high", "silence_ms", "enum", "lake"),
)


def row(series: Series) -> tuple[Any, ...]:
    """A series in the order of the columns."""
    low, high = series.range or (None, None)
    return (
        series.id,
        series.address,
        series.site,
        series.gateway,
        series.device,
        series.device_type,
        series.point,
        series.pipeline,
        series.aggregate,
        str(series.type),
        series.unit,
        low,
        high,
        series.silence_ms,
        json.dumps({str(raw): text for raw, text in series.enum}),
        series.lake,
    )


def replace(connection: Connection, series: Sequence[Series]) -> None:
    """Adds and updates; what is no longer wanted becomes inactive and keeps its values."""
    columns = ", ".join(COLUMNS)
    updates = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "id")
    run(
        connection,
        f"CREATE TEMP TABLE wanted ON COMMIT DROP AS SELECT {columns} FROM aiot.series WITH NO DATA",
    )
    with connection.cursor().copy(f"COPY wanted ({columns}) FROM STDIN".encode()) as copy:
        for one in series:
            copy.write_row(row(one))
    run(
        connection,
        "UPDATE aiot.series SET active = false"
        " WHERE active AND NOT EXISTS (SELECT FROM wanted WHERE wanted.id = series.id)",
    )
    run(
        connection,
        f"INSERT INTO aiot.series ({columns}) SELECT {columns} FROM wanted"
        f" ON CONFLICT (id) DO UPDATE SET {updates}, active = true, last_applied = now()",
    )
    run(connection, "ANALYZE aiot.series")
