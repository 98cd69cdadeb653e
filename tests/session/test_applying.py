"""Applies of an environment with hosts of its own, the hosts being doubles: what is looked at, and when."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aiotctl.engine.protocols import BoundUnit
from aiotctl.engine.selection import Selection
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Finished, UnitFailed
from aiotctl.model.plan import Action, Drift
from aiotctl.model.primitives import Host
from aiotctl.model.verification import Flow, Newest, Verdict, VerifyReport
from aiotctl.pipeline.compile import compile_environment
from aiotctl.session import applying, health, observing
from aiotctl.session.applying import Options
from aiotctl.session.environment import Environment, open_environment
from aiotctl.session.health import FleetHealth
from tests.engine.double import FixedSurroundings, RecordingBackend

BLUEPRINT = """
blueprint: v1
name: t
owner: me
platform:
  broker: {engine: mosquitto}
  timeseries: {engine: postgres}
  lake: {engine: seaweedfs}
  runtime: {engine: systemd}
device_types:
  meter: {protocol: modbus-tcp, points: {p: {register: holding/1, unit: kW}}}
sites:
  a:
    gateways: {g1: {}, g2: {}, g3: {}}
    devices:
      d1: {type: meter, gateway: g1, endpoint: 10.0.0.1}
      d2: {type: meter, gateway: g2, endpoint: 10.0.0.2}
environments:
  pilot:
    hosts:
      hub-1: {address: 127.1.0.1, serves: [broker, timeseries, lake]}
      a/g1: {address: 127.1.0.2}
      a/g2: {address: 127.1.0.3}
      a/g3: {address: 127.1.0.4}
    rollout: {waves: [1, 100 %]}
"""
GATEWAYS = ["host/a/g1", "host/a/g2", "host/a/g3"]
UNITS = {"host/hub-1", "schema/hub", *GATEWAYS}


@dataclass
class LookedAt(RecordingBackend):
    """Remembers what it was asked to look at, and tells the drift that it is given."""

    drift: Mapping[str, tuple[Drift, ...]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def observe(self, batch: Sequence[BoundUnit]) -> Mapping[str, tuple[Drift, ...]]:
        self.seen += [unit.address for unit in batch]
        return {unit.address: self.drift.get(unit.address, ()) for unit in batch}


class Places(FixedSurroundings):
    """Says of every program and root where it is."""

    def ports(self, hosts: Sequence[Host], known: Mapping[str, str]) -> Mapping[str, str]:
        chosen = super().ports(hosts, known)
        address = {
            key.removesuffix(".port") + ".address": f"127.0.0.1:{port}" for key, port in chosen.items()
        }
        return {**chosen, **address}


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> LookedAt:
    """Stands for everything that would touch a host or a database."""
    double = LookedAt()
    for module in (applying, observing):
        monkeypatch.setattr(module, "backends", lambda *_: {"host": double, "schema": double})
    monkeypatch.setattr(applying, "require_ready", lambda *_: None)
    monkeypatch.setattr(Environment, "surroundings", lambda self, record: Places())
    return double


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
    assert applying.plan(environment, bundle, Options()).checked_at == 0
    apply(environment, bundle, Options(refresh=True))
    assert set(backend.seen) == UNITS
    assert applying.plan(environment, bundle, Options()).checked_at > 0


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
    assert applying.plan(environment, bundle, Options()).checked_at == 0


def test_drift_is_repaired_in_waves(environment: Environment, bundle: Bundle, backend: LookedAt) -> None:
    apply(environment, bundle)
    drift = (Drift("service telegraf", "is not running"),)
    backend.drift = dict.fromkeys(GATEWAYS, drift)
    plan = applying.plan(environment, bundle, Options(refresh=True))
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
