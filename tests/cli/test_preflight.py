"""What the preflight finds, as a person sees it before being asked; the hosts are doubles."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.errors import Exit
from aiotctl.session import applying, preflight
from tests.cli.conftest import Run
from tests.session.fleet import BLUEPRINT, GATEWAYS, LookedAt, doubled

HUB, FIRST = "host/hub-1", GATEWAYS[0]
CLOCK = Diagnostic(
    "host-clock",
    "A host's clock is off",
    f"{FIRST}: it is 9 s ahead.",
    "Set it.",
    severity=Severity.WARNING,
    address=FIRST,
)


def away(host: str) -> Diagnostic:
    return Diagnostic("host-unreachable", "A host cannot be reached", f"{host}: silence.", "", address=host)


Found = dict[str, tuple[Diagnostic, ...]]


@pytest.fixture
def found(run: Run, monkeypatch: pytest.MonkeyPatch) -> Found:
    """What the machines are found to be; empty at first. The project lies in the current folder."""
    Path("blueprint.yaml").write_text(BLUEPRINT)
    doubled(monkeypatch)
    monkeypatch.setattr(applying, "require_ready", preflight.require_ready)
    told: Found = {}
    monkeypatch.setattr("aiotctl.backends.preflight.preflight", lambda _: told)
    return told


def test_a_warning_is_told_before_the_question(run: Run, found: Found) -> None:
    found[FIRST] = (CLOCK,)
    declined = run("apply")
    assert declined.code == Exit.USAGE, "nobody can be asked here"
    assert CLOCK.detail in declined.err
    assert declined.err.index(CLOCK.detail) < declined.err.index("Nobody can be asked")
    agreed = run("apply", "--yes")
    assert agreed.code == 0
    assert agreed.err.count(CLOCK.detail) == 1


def test_it_is_told_to_machines_and_for_saved_plans_too(run: Run, found: Found) -> None:
    found[FIRST] = (CLOCK,)
    assert run("plan", "--out", "saved.json").code == 0
    told = run("apply", "saved.json", "--json")
    assert told.code == 0
    assert '"code": "host-clock"' in told.out.replace('":"', '": "')


def test_a_gateway_that_is_away_is_told_of_and_left_to_its_wave(run: Run, found: Found) -> None:
    found[FIRST] = (away(FIRST),)
    done = run("apply", "--yes")
    assert done.code == 0
    assert "warning" in done.err
    assert away(FIRST).detail in done.err


def test_what_stands_in_the_way_is_told_with_all_else(
    run: Run, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts: LookedAt = doubled(monkeypatch)
    monkeypatch.setattr(applying, "require_ready", preflight.require_ready)
    found |= {HUB: (away(HUB),), FIRST: (CLOCK,)}
    refused = run("apply", "--yes")
    assert refused.code == Exit.ERROR
    assert CLOCK.detail in refused.err
    assert away(HUB).detail in refused.err
    assert hosts.ran == []
