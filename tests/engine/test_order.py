"""Orders of making and of removing, with one hub and with several."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from aiotctl.engine.order import levels, removals

HUBS = {
    "host/hub-1": (),
    "host/hub-2": ("host/hub-1",),
    "schema/hub": ("host/hub-2",),
    "host/a/gw": ("host/hub-1", "host/hub-2", "schema/hub"),
    "host/b/gw": ("host/hub-1", "host/hub-2", "schema/hub"),
}


def test_what_is_needed_comes_first() -> None:
    assert levels(HUBS) == [("host/hub-1",), ("host/hub-2",), ("schema/hub",), ("host/a/gw", "host/b/gw")]


def test_removal_goes_the_other_way_round() -> None:
    assert removals(HUBS) == [("host/a/gw", "host/b/gw"), ("schema/hub",), ("host/hub-2",), ("host/hub-1",)]


def test_gateways_go_before_central_hosts_even_where_no_needs_are_known() -> None:
    assert removals(dict.fromkeys(HUBS, ())) == [
        ("host/a/gw", "host/b/gw"),
        ("host/hub-1", "host/hub-2", "schema/hub"),
    ]


@settings(deadline=None)
@given(st.sets(st.sampled_from(sorted(HUBS))))
def test_every_unit_is_removed_once_and_before_its_needs(chosen: set[str]) -> None:
    order = [unit for group in removals({unit: HUBS[unit] for unit in chosen}) for unit in group]
    assert sorted(order) == sorted(chosen)
    for unit in chosen:
        for need in HUBS[unit]:
            assert need not in chosen or order.index(unit) < order.index(need)
