"""Waves as data: which gateways change together, and when a rollout stops."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from aiotctl.engine.rollout import stops, waves
from aiotctl.model.blueprint import Rollout, Wave
from aiotctl.model.bundle import Unit

LABELS = ("canary", "line")
SHARES = st.decimals(0, 100, places=1)
LABELLED = st.dictionaries(st.sampled_from(LABELS), st.sampled_from(("a", "b")), max_size=2)
WAVES = st.lists(
    st.builds(Wave, hosts=st.integers(0, 60), percent=SHARES, labels=LABELLED), min_size=1, max_size=6
)
FLEETS = st.lists(LABELLED, max_size=50)


def fleet(*labels: dict[str, str]) -> list[Unit]:
    return [
        Unit(f"host/s{number:02d}/gw", "host", "", (), "", (), f"s{number:02d}", tuple(own.items()))
        for number, own in enumerate(labels)
    ]


def sizes(rollout: Rollout, count: int) -> list[int]:
    return [len(wave) for wave in waves(rollout, fleet(*[{}] * count))]


def shares(*percents: str) -> tuple[Wave, ...]:
    return tuple(Wave(percent=Decimal(percent)) for percent in percents)


@settings(deadline=None)
@given(WAVES, FLEETS)
def test_every_gateway_is_in_exactly_one_wave(wanted: list[Wave], labels: list[dict[str, str]]) -> None:
    gateways = fleet(*labels)
    found = waves(Rollout(tuple(wanted)), gateways)
    reached = [address for wave in found for address in wave]
    assert sorted(reached) == [unit.address for unit in gateways]
    assert all(found)


@settings(deadline=None)
@given(WAVES, FLEETS, st.randoms())
def test_waves_do_not_hang_on_the_order_of_the_gateways(wanted, labels, random) -> None:
    gateways = fleet(*labels)
    shuffled = list(gateways)
    random.shuffle(shuffled)
    assert waves(Rollout(tuple(wanted)), shuffled) == waves(Rollout(tuple(wanted)), gateways)


def test_waves_are_cumulative() -> None:
    rollout = Rollout((Wave(hosts=1), *shares("10", "100")))
    assert sizes(rollout, 100) == [1, 9, 90]
    assert sizes(rollout, 12) == [1, 1, 10]
    assert sizes(rollout, 5) == [1, 4]  # a tenth of five is one, which has changed already
    assert sizes(rollout, 1) == [1]
    assert sizes(rollout, 0) == []


def test_a_share_of_few_is_at_least_one() -> None:
    assert sizes(Rollout(shares("1", "100")), 3) == [1, 2]


def test_labelled_gateways_go_first() -> None:
    gateways = fleet({}, {"canary": "a"}, {}, {"canary": "a"}, {"canary": "b"})
    canaries = Wave(percent=Decimal(100), labels={"canary": "a"})
    assert waves(Rollout((canaries, *shares("60", "100"))), gateways) == (
        ("host/s01/gw", "host/s03/gw"),
        ("host/s00/gw",),
        ("host/s02/gw", "host/s04/gw"),
    )


def test_a_wave_of_labels_that_none_of_the_changed_has_is_left_out() -> None:
    canaries = Wave(percent=Decimal(100), labels={"canary": "a"})
    assert sizes(Rollout((canaries, *shares("100"))), 3) == [3]


def test_a_rollout_stops_above_its_limit() -> None:
    strict, lenient = Rollout(max_fail_percent=Decimal(0)), Rollout(max_fail_percent=Decimal("2.5"))
    assert [stops(failed, 40, strict) for failed in (0, 1)] == [False, True]
    assert [stops(failed, 40, lenient) for failed in (1, 2)] == [False, True]
