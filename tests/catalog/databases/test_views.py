"""The views' SQL: names and texts of a blueprint are quoted, and no two columns share a name."""

from __future__ import annotations

import pytest

from aiotctl.catalog.databases.postgres.quoting import Namer, fitting, identifier, literal
from aiotctl.catalog.databases.postgres.views import COLUMNS_OF_A_VIEW, views
from aiotctl.model.blueprint import ValueType
from aiotctl.model.primitives import Series


def series(
    number: int, kind: str = "press", point: str = "p", pipeline: str = "", aggregate: str = ""
) -> Series:
    return Series(
        *(number, "", "a", "g", "d", kind, point, pipeline, aggregate, ValueType.FLOAT, "1", None, 1000),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("plain", "'plain'"), ("it's", "'it''s'"), ("a\\'b", " E'a\\\\''b'"), ("nul\0", "'nul'")],
)
def test_literal(text, expected):
    assert literal(text) == expected


def test_identifier_doubles_quotes():
    assert identifier('a"b\0') == '"a""b"'


def test_long_names_stay_distinct_and_fit():
    first, second = fitting("ü" * 40 + "1"), fitting("ü" * 40 + "2")
    assert first != second
    assert max(len(first.encode()), len(second.encode())) <= 63


def test_taken_names_get_a_number():
    name = Namer("time")
    assert [name("time"), name("a-b"), name("a_b"), name("a_b")] == ["time_2", "a_b", "a_b_2", "a_b_3"]


def test_one_view_a_device_type_and_one_a_pipeline():
    shown = views([series(1), series(2, point="q"), series(3, pipeline="health", aggregate="mean")])
    made = {view.name: view.select for view in shown}
    assert set(made) == {"devices.press", "pipelines.health"}
    assert 'AS "q"' in made["devices.press"]
    assert 'AS "p_mean"' in made["pipelines.health"]


def test_a_type_with_more_points_than_a_table_has_columns_gets_several_views():
    made = views([series(k, point=f"p{k}") for k in range(COLUMNS_OF_A_VIEW + 1)])
    assert [view.name for view in made] == ["devices.press", "devices.press_2"]
