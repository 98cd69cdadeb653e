"""Plans and applies of a fleet in waves, as a person sees them; the hosts are doubles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiotctl.model.plan import Drift
from tests.cli.conftest import Run
from tests.session.fleet import BLUEPRINT, GATEWAYS, LookedAt, doubled

FIRST, SECOND, THIRD = GATEWAYS


@pytest.fixture
def hosts(run: Run, monkeypatch: pytest.MonkeyPatch) -> LookedAt:
    """The project in the current folder, and doubles of its hosts."""
    Path("blueprint.yaml").write_text(BLUEPRINT)
    return doubled(monkeypatch)


def test_a_plan_shows_its_waves(run: Run, hosts: LookedAt) -> None:
    shown = run("plan").out
    assert "Gateways change in 2 waves:" in shown
    assert f"  2  2 gateways  {SECOND}, {THIRD}" in shown
    assert "What runs was not looked at; --refresh does." in shown
    told = [json.loads(line) for line in run("plan", "--json").out.splitlines()]
    waves = [one["hosts"] for one in told if one["type"] == "planned_wave"]
    assert waves == [[FIRST], [SECOND, THIRD]]


@pytest.mark.parametrize(
    ("words", "waves"),
    [
        (["--exclude", FIRST], [[SECOND], [THIRD]]),
        (["--target", "site/a/gateway/g2", "--target", "host/hub-1", "--target", "schema/hub"], [[SECOND]]),
        (["--site", "a", "--exclude", "site/a/gateway/g3"], [[FIRST], [SECOND]]),
    ],
)
def test_what_is_left_out_is_in_no_wave(
    run: Run, hosts: LookedAt, words: list[str], waves: list[list[str]]
) -> None:
    told = [json.loads(line) for line in run("plan", "--json", *words).out.splitlines()]
    assert [one["hosts"] for one in told if one["type"] == "planned_wave"] == waves


def test_a_failed_wave_ends_with_3_and_says_what_to_do(run: Run, hosts: LookedAt) -> None:
    hosts.fails = frozenset({FIRST})
    done = run("apply", "--yes", "--exclude", THIRD)
    assert done.code == 3
    assert "The rollout stopped at wave 1 of 2: 1 of 1 gateway failed, and none may." in done.out
    assert f"these first: aiotctl apply --env pilot --target {FIRST}\n" in done.out
    assert f"Then the rest: aiotctl apply --env pilot --exclude {THIRD}\n" in done.out
    assert f"skipped (the rollout stopped): {SECOND}\n" in done.out
    hosts.fails = frozenset()
    assert run("apply", "--yes").code == 0
    assert "Nothing to do" in run("plan").out


def test_where_all_that_failed_could_not_be_reached_it_ends_with_4(run: Run, hosts: LookedAt) -> None:
    hosts.unreachable = frozenset({FIRST})
    done = run("apply", "--yes")
    assert done.code == 4
    assert "1 not reached" in done.out


def test_unreachable_among_others_ends_with_3(run: Run, hosts: LookedAt) -> None:
    hosts.unreachable, hosts.fails = frozenset({SECOND}), frozenset({THIRD})
    done = run("apply", "--yes")
    assert done.code == 3
    assert "1 failed, 1 not reached" in done.out


def test_max_fail_lets_the_rollout_go_on(run: Run, hosts: LookedAt) -> None:
    hosts.fails = frozenset({FIRST})
    done = run("apply", "--yes", "--max-fail", "100%")
    assert done.code == 3
    assert "The rollout stopped" not in done.out
    assert hosts.order[-2:] == [SECOND, THIRD]


@pytest.mark.parametrize("share", ["many", "-1", "101%", "5 percent"])
def test_a_share_that_is_none_is_refused(run: Run, hosts: LookedAt, share: str) -> None:
    done = run("apply", "--yes", "--max-fail", share)
    assert done.code == 64
    assert "This is no share" in done.err


def test_a_saved_plan_keeps_its_waves_and_its_limit(run: Run, hosts: LookedAt) -> None:
    assert run("plan", "--out", "plan.json", "--max-fail", "100").code == 0
    hosts.fails = frozenset({FIRST})
    assert "The rollout stopped" not in run("apply", "plan.json").out
    assert hosts.order[-2:] == [SECOND, THIRD]


def test_only_a_refresh_repairs_a_fleet(run: Run, hosts: LookedAt) -> None:
    assert run("apply", "--yes").code == 0
    hosts.drift = {FIRST: (Drift("service telegraf", "is not running"),)}
    hosts.seen.clear()
    plain = run("apply", "--yes")
    assert hosts.seen == []
    assert "Nothing to do" in plain.out
    assert "What runs was not looked at; --refresh does." in plain.out
    shown = run("plan", "--refresh", "--detailed-exitcode")
    assert shown.code == 2
    assert "service telegraf: is not running" in shown.out
    hosts.ran.clear()
    hosts.before = lambda unit: setattr(hosts, "drift", {})
    assert run("apply", "--refresh", "--yes").code == 0
    assert hosts.order == [FIRST]
    assert "What runs was last looked at" in run("plan").out
