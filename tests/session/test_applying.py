"""Applies of an environment with hosts of its own, the hosts being doubles: what is looked at, and when."""

from __future__ import annotations

import dataclasses
from contextlib import nullcontext
from pathlib import Path

import pytest

from aiotctl.access import authority
from aiotctl.engine.selection import Selection
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Finished, UnitFailed
from aiotctl.model.names import CRL
from aiotctl.model.plan import Action, Drift
from aiotctl.model.verification import Flow, Newest, Verdict, VerifyReport
from aiotctl.pipeline.compile import compile_environment
from aiotctl.session import applying, health, planning
from aiotctl.session.environment import Environment, open_environment
from aiotctl.session.health import FleetHealth
from aiotctl.session.planning import Options
from aiotctl.toolbox.pins import pins
from tests.session.fleet import BLUEPRINT, GATEWAYS, UNITS, LookedAt, doubled


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> LookedAt:
    return doubled(monkeypatch)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    file = tmp_path / "blueprint.yaml"
    file.write_text(BLUEPRINT)
    return compile_environment(file, None).bundle


@pytest.fixture
def environment(tmp_path: Path, backend: LookedAt) -> Environment:
    return open_environment(tmp_path, "t", "pilot", None, lambda _: None)


def apply(environment: Environment, bundle: Bundle, options: Options | None = None) -> Finished:
    done = applying.apply(
        environment, bundle, options or Options(), lambda _: True, lambda _: None, lambda: False
    )
    assert done is not None
    return done


def test_a_fleet_is_looked_at_only_where_that_is_asked_for(
    environment: Environment, bundle: Bundle, backend: LookedAt
) -> None:
    assert apply(environment, bundle).done == 5
    backend.seen.clear()
    assert apply(environment, bundle).done == 0
    assert backend.seen == []
    assert planning.plan(environment, bundle, Options()).checked_at == 0
    apply(environment, bundle, Options(refresh=True))
    assert set(backend.seen) == UNITS
    assert planning.plan(environment, bundle, Options()).checked_at > 0


def test_this_machine_is_always_looked_at(
    environment: Environment, bundle: Bundle, backend: LookedAt
) -> None:
    local = dataclasses.replace(bundle, local=True)
    apply(environment, local)
    backend.seen.clear()
    apply(environment, local)
    assert set(backend.seen) == UNITS


def test_a_look_at_a_part_says_nothing_of_the_whole(
    environment: Environment, bundle: Bundle, backend: LookedAt
) -> None:
    apply(environment, bundle)
    backend.seen.clear()
    apply(environment, bundle, Options(Selection(targets=("host/a/g1",)), refresh=True))
    assert backend.seen == ["host/a/g1"]
    assert planning.plan(environment, bundle, Options()).checked_at == 0


def test_drift_is_repaired_in_waves(environment: Environment, bundle: Bundle, backend: LookedAt) -> None:
    apply(environment, bundle)
    drift = (Drift("service telegraf", "is not running"),)
    backend.drift = dict.fromkeys(GATEWAYS, drift)
    plan = planning.plan(environment, bundle, Options(refresh=True))
    assert {change.address: change.action for change in plan.changes} == dict.fromkeys(
        GATEWAYS, Action.REPAIR
    )
    assert plan.waves == (("host/a/g1",), ("host/a/g2", "host/a/g3"))


def test_a_gateway_that_drifts_at_once_stops_the_rollout(
    environment: Environment, bundle: Bundle, backend: LookedAt
) -> None:
    backend.drift = {"host/a/g1": (Drift("service telegraf", "is not running"),)}
    told: list[object] = []
    done = applying.apply(environment, bundle, Options(), lambda _: True, told.append, lambda: False)
    assert done is not None
    assert (done.stopped, done.failed, done.skipped) == (True, 1, 2)
    (failure,) = [event for event in told if isinstance(event, UnitFailed)]
    assert failure.diagnostic.detail == "service telegraf: is not running"


def test_another_version_of_a_program_changes_the_hosts_that_run_it(
    environment: Environment,
    bundle: Bundle,
    backend: LookedAt,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apply(environment, bundle)
    monkeypatch.setattr("aiotctl.pipeline.compile.__version__", "99.0.0")
    later = compile_environment(tmp_path / "blueprint.yaml", None).bundle
    assert planning.plan(environment, later, Options()).changes == (), "what is on the hosts is the same"
    pinned = pins()
    other = {**pinned, "telegraf": dataclasses.replace(pinned["telegraf"], version="99.1.0")}
    monkeypatch.setattr("aiotctl.catalog.programs.pins", lambda: other)
    later = compile_environment(tmp_path / "blueprint.yaml", None).bundle
    plan = planning.plan(environment, later, Options())
    assert plan.waves == (("host/a/g1",), ("host/a/g2",)), "g3 collects nothing and has no Telegraf"
    effects = {(one.address, effect.service, effect.what) for one in plan.changes for effect in one.effects}
    assert ("host/a/g1", "telegraf", "restart") in effects
    assert {what for _, _, what in effects} == {"restart"}


SMALLER = (
    BLUEPRINT.replace("g2: {}, ", "")
    .replace("      d2: {type: meter, gateway: g2, endpoint: 10.0.0.2}\n", "")
    .replace("      a/g2: {address: 127.1.0.3}\n", "")
)


@pytest.fixture
def smaller(tmp_path: Path) -> Bundle:
    """The same without the gateway g2."""
    file = tmp_path / "smaller.yaml"
    file.write_text(SMALLER)
    return compile_environment(file, None).bundle


def revoked(environment: Environment) -> set[str]:
    return {one.name for one in authority.issued(environment.vault) if one.revoked}


def test_a_gateway_that_is_gone_has_no_certificate_and_the_hub_knows(
    environment: Environment, bundle: Bundle, smaller: Bundle, backend: LookedAt
) -> None:
    apply(environment, bundle)
    backend.ran.clear()
    done = apply(environment, smaller)
    assert revoked(environment) == {"gateway.a.g2", "server.a.g2"}
    assert backend.order[-2:] == ["host/a/g2", "host/hub-1"]
    given = backend.ran[-1].secrets[CRL]
    assert given == environment.vault.values([CRL])[CRL]
    assert (done.done, done.failed) == (len(backend.ran), 0)


def test_a_gateway_that_could_not_be_removed_keeps_its_certificate(
    environment: Environment, bundle: Bundle, smaller: Bundle, backend: LookedAt
) -> None:
    apply(environment, bundle)
    backend.unreachable = frozenset({"host/a/g2"})
    assert apply(environment, smaller).unreachable == 1
    assert revoked(environment) == set()
    backend.unreachable = frozenset()
    assert apply(environment, smaller).done == 2
    assert "gateway.a.g2" in revoked(environment)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Flow]:
    """How the series of each device fare, when the database is asked."""
    flows: dict[str, Flow] = {}

    def measure(series, routes, sources) -> VerifyReport:
        found = [(one, flows.get(one.device, Flow.FLOWING)) for one in series]
        old = Newest(None, 3600.0, "1", 0)  # type: ignore[arg-type]
        ages = {Flow.SILENT: old}
        return VerifyReport(tuple(Verdict(one.id, one.address, flow, ages.get(flow)) for one, flow in found))

    monkeypatch.setattr("aiotctl.probes.verify.measure", measure)
    monkeypatch.setattr(health, "sources", lambda *_: nullcontext())
    return flows


def test_verify_counts_series_that_never_came(
    environment: Environment, bundle: Bundle, asked: dict[str, Flow]
) -> None:
    apply(environment, bundle)
    asked["d2"] = Flow.NEVER
    asked["d1"] = Flow.OUT_OF_RANGE
    found = FleetHealth(environment, bundle, "verify").unwell(GATEWAYS)
    assert list(found) == ["host/a/g2"]
    assert found["host/a/g2"].endswith(": never")
    assert FleetHealth(environment, bundle, "services").unwell(GATEWAYS) == {}


def test_a_series_that_was_silent_before_the_apply_is_not_blamed_on_it(
    environment: Environment, bundle: Bundle, asked: dict[str, Flow]
) -> None:
    apply(environment, bundle)
    asked["d1"] = Flow.SILENT
    here = FleetHealth(environment, bundle, "verify")
    assert here.unwell(GATEWAYS) == {}
    here._began -= 7200  # the apply began before the series fell silent
    assert list(here.unwell(GATEWAYS)) == ["host/a/g1"]
