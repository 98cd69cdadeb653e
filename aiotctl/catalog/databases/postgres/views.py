"""The views that people query: one a device type and one a pipeline, a row for each time and device, a
column a point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from aiotctl.catalog.databases.postgres.quoting import Namer, identifier, literal
from aiotctl.model.blueprint import ValueType
from aiotctl.model.primitives import Series

COLUMNS_OF_A_VIEW = 1000
"""PostgreSQL allows 1,664 columns; a type with more points than this gets several views."""

_KEY = ("time", "site", "device", "quality")
_VALUE_OF_TYPE = {
    ValueType.BOOLEAN: "bool_or(v.b)",
    ValueType.INTEGER: "max(v.i)",
    ValueType.DECIMAL: "max(v.d)",
    ValueType.FLOAT: "max(v.f)",
    ValueType.TEXT: "max(v.t)",
}


class _Column(NamedTuple):
    point: str
    aggregate: str
    type: ValueType
    enum: tuple[tuple[int, str], ...]


class View(NamedTuple):
    """A view: ``schema.name``, not yet quoted; the device type or pipeline it shows; its select statement."""

    name: str
    group: str
    select: str


def views(series: Iterable[Series]) -> tuple[View, ...]:
    """All views, by name. The columns come in the points' order."""
    types: dict[str, dict[_Column, None]] = {}
    pipelines: dict[str, dict[_Column, None]] = {}
    for one in series:
        group = (
            pipelines.setdefault(one.pipeline, {}) if one.pipeline else types.setdefault(one.device_type, {})
        )
        group[_Column(one.point, one.aggregate, one.type, one.enum)] = None
    found = (
        *_views("devices", types, "s.pipeline = '' AND s.device_type = "),
        *_views("pipelines", pipelines, "s.pipeline = "),
    )
    return tuple(sorted(found))


def _views(schema: str, groups: dict[str, dict[_Column, None]], condition: str) -> Iterator[View]:
    name = Namer()
    for group in sorted(groups):
        columns = list(groups[group])
        for start in range(0, len(columns), COLUMNS_OF_A_VIEW):
            select = _select(columns[start : start + COLUMNS_OF_A_VIEW], condition + literal(group))
            yield View(f"{schema}.{name(group)}", group, select)


def _select(columns: Sequence[_Column], condition: str) -> str:
    """One row a time and device. A value shows where its quality is good or uncertain, in time or late, and
    is null otherwise; ``quality`` is the worst of the row.
    """
    name = Namer(*_KEY)
    shown = [f"    {_value(c)} AS {identifier(name(_wanted(c)))}" for c in columns]
    return "\n".join(
        (
            "SELECT v.time, s.site, s.device, max(v.quality) AS quality,",
            ",\n".join(shown),
            "FROM aiot.value AS v JOIN aiot.readable_series AS s ON s.id = v.series",
            f"WHERE {condition}",
            "GROUP BY v.time, s.site, s.device",
        )
    )


def _wanted(column: _Column) -> str:
    return f"{column.point}_{column.aggregate}" if column.aggregate else column.point


def _value(column: _Column) -> str:
    mine = f"s.point = {literal(column.point)} AND s.aggregate = {literal(column.aggregate)}"
    value = f"{_VALUE_OF_TYPE[column.type]} FILTER (WHERE {mine} AND v.quality & 15 <= 1)"
    if not column.enum or column.type is not ValueType.INTEGER:
        return value
    names = " ".join(f"WHEN {raw} THEN {literal(text)}" for raw, text in column.enum)
    return f"CASE {value} {names} ELSE ({value})::text END"
