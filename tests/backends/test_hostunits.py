"""What a probe of hosts tells the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from aiotctl.backends.hosts import HostChange, HostObservation
from aiotctl.backends.hostunits import HostBackend
from aiotctl.backends.manifest import Owner
from aiotctl.engine.protocols import BoundUnit
from aiotctl.model.plan import Drift
from aiotctl.model.primitives import Host

UNIT = BoundUnit("host/field", Host("host/field", None, (), (), (), ()), {})
LIST = HostChange("record", "manifest.json", "update")


def observed(monkeypatch: pytest.MonkeyPatch, *changes: HostChange) -> tuple[Drift, ...]:
    """What the engine is told where a look at the host has found these."""

    def looked(_backend: HostBackend, batch: Sequence[BoundUnit]) -> list[HostObservation]:
        return [HostObservation(unit.address, changes) for unit in batch]

    monkeypatch.setattr(HostBackend, "_looked", looked)
    backend = HostBackend(Owner("shop", "laptop", "1"), cast(Any, None))
    return backend.observe([UNIT])[UNIT.address]


def test_what_follows_from_another_difference_is_none_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = HostChange("service", "simulator", "restart", drift=("does not listen on press-1",))
    assert observed(monkeypatch, HostChange("file", "etc/x", "ok"), silent, LIST) == (
        Drift("service simulator", "does not listen on press-1"),
    )


def test_a_hosts_list_that_differs_alone_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert observed(monkeypatch, LIST) == (Drift("record manifest.json", "is not as it was put there"),)
    assert observed(monkeypatch, HostChange("file", "etc/x", "ok")) == ()
