"""Every rule holds in every cloud, finds what breaks it, and is published."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from aiotctl.backends.pulumi_data import DATA, MACHINES, holds_data
from tests.stacks import samples
from tests.stacks.mocked import Made, declare
from tests.stacks.policy.page import PATH, page
from tests.stacks.policy.rules import CLOUDS, RULES

TABLE = [(rule, cloud) for rule in RULES for cloud in CLOUDS]
CHECKED = [(rule, cloud) for rule, cloud in TABLE if CLOUDS[cloud][rule].check]

WITHOUT_DATA = {
    "aws:eks/cluster:Cluster",
    "azure-native:containerservice:ManagedCluster",
    "gcp:container/cluster:Cluster",
    "gcp:sql/user:User",
}
"""What is protected although no data go with it."""

declared = cache(declare)


@pytest.mark.parametrize(("rule", "cloud"), CHECKED)
def test_the_rule_holds(rule: str, cloud: str, rds: None) -> None:
    check = CLOUDS[cloud][rule].check
    assert check is not None
    assert list(check(declared(samples.whole(cloud)))) == []


@pytest.mark.parametrize(("rule", "cloud"), CHECKED)
def test_the_rule_finds_what_breaks_it(rule: str, cloud: str, rds: None) -> None:
    made = declared(samples.whole(cloud))
    bare = tuple(replace(one, inputs={}, secrets=frozenset(), protected=False) for one in made.declared)
    check = CLOUDS[cloud][rule].check
    assert check is not None
    assert list(check(Made(bare, {}))) != []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_nothing_is_protected_where_it_is_not_production(cloud: str, rds: None) -> None:
    made = declared(samples.whole(cloud, production=False))
    assert [one.name for one in made.declared if one.protected] == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_who_deletes_what_is_protected_is_asked_for_data(cloud: str, rds: None) -> None:
    arguments = samples.whole(cloud)
    protected = [one for one in declared(arguments).declared if one.protected]
    assert {one.token for one in protected} - DATA - MACHINES - WITHOUT_DATA == set()
    machines = {one.name: one for one in protected if one.token in MACHINES}
    kept = [name for name, one in machines.items() if holds_data(one.token, name, arguments)]
    assert kept == ["press-shop-production-hub-1"]  # a broker; the other shows dashboards


def test_every_cloud_has_an_answer_to_every_rule() -> None:
    assert {cloud for cloud, cells in CLOUDS.items() if cells.keys() != RULES.keys()} == set()


def test_the_published_table_is_up_to_date() -> None:
    told = "`.venv/bin/python -m tests.stacks.policy.page` writes it anew"
    assert PATH.read_text(encoding="utf-8") == page(), told
