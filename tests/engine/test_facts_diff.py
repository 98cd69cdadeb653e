"""Differences of facts."""

from __future__ import annotations

from aiotctl.engine.facts_diff import differences


def test_no_number_is_no_difference() -> None:
    nan = float("nan")
    assert list(differences({"no_value": [nan]}, {"no_value": [nan]})) == []
    assert list(differences({"no_value": [nan]}, {"no_value": [1.0]})) == [(("no_value", "0"), "NaN", "1.0")]
