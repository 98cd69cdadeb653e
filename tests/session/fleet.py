"""A fleet of three gateways whose hosts are doubles: all of plan and apply but for what is on the hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from aiotctl.engine.protocols import BoundUnit
from aiotctl.model.plan import Drift
from aiotctl.model.primitives import Host
from aiotctl.session import applying, observing
from aiotctl.session.environment import Environment
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


def doubled(monkeypatch: pytest.MonkeyPatch) -> LookedAt:
    """Puts doubles in the place of everything that would touch a host or a database."""
    double = LookedAt()
    for module in (applying, observing):
        monkeypatch.setattr(module, "backends", lambda *_: {"host": double, "schema": double})
    monkeypatch.setattr(applying, "require_ready", lambda *_: ())
    monkeypatch.setattr(Environment, "surroundings", lambda self, record: Places())
    return double
