"""What engine and cloud refuse is a finding: which unit, which resource, what was said, what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiotctl.errors import AiotctlError
from aiotctl.model.events import UnitFailed
from tests.backends.pulumi.conftest import Toy, arguments, unit

THERE = "Something of that name is there already"
REFUSALS = {
    "hub-2": ("The cloud's quota is used up", "VcpuLimitExceeded: more vCPU capacity than your quota"),
    "hub-3": (THERE, "a thing of that name already exists"),
    "hub-4": ("The cloud did not answer in time", "timeout while waiting for state to become 'available'"),
    "hub-5": ("The cloud does not know who asks", "AccessDenied: not authorized to perform this"),
    "hub-7": (THERE, "aiotctl-shop.pilot.hub-1 is there already and belongs to the stack shop/other"),
    "hub-8": (THERE, "the network 10.91.0.0/24 is in use on this machine already"),
    "hub-6": ("The cloud refused a resource", "the moon is full"),
}


def test_a_refusal_names_unit_resource_words_and_log_and_what_was_made_is_kept(toy: Toy) -> None:
    asked = arguments(("hub-1", *REFUSALS))
    toy.wait(2)  # so that all are under way when the first is refused
    toy.refuse({name: words for name, (_, words) in REFUSALS.items()})
    [failed] = [one for one in toy.run(unit(asked)) if isinstance(one, UnitFailed)]
    found = failed.diagnostic
    assert found.address == "stack/hub"
    detail, _, log = found.detail.rpartition("\nThe whole log: ")
    told = "\n".join([f"{found.summary}: {detail}", *failed.log])
    for name, (summary, words) in REFUSALS.items():
        [line] = [line for line in told.splitlines() if f"toy:index:Machine {name}:" in line]
        assert line.startswith(summary)
        assert words in line
        assert words in Path(log).read_text()
    toy.forgive()
    toy.wait(0)
    toy.up(unit(asked, state="unknown"))
    assert len(toy.made()) == len(set(toy.made())) == len(asked.machines)


def test_a_program_that_fails_and_a_vault_that_is_another_are_told_as_such(toy: Toy) -> None:
    asked = arguments()
    toy.up(unit(asked))
    wrong = toy.with_passphrase("another")
    with pytest.raises(AiotctlError) as told:
        wrong.backend.preview([unit(asked, state="applied")])
    assert [one.code for one in told.value.diagnostics] == ["cloud-passphrase"]
    (toy.folder / "shipped" / "toy" / "hub.py").write_text("def create(*_):\n    raise ValueError('no')\n")
    with pytest.raises(AiotctlError) as told:
        toy.backend.preview([unit(asked, state="applied")])
    assert [one.code for one in told.value.diagnostics] == ["stack-program"]
    detail = told.value.diagnostics[0].detail
    assert "ValueError: no" in detail
    assert "Traceback" not in detail


def test_a_lock_of_another_machine_is_named_and_left(toy: Toy) -> None:
    asked = arguments()
    toy.up(unit(asked))
    lock = toy.folder / "state/.pulumi/locks/organization/aiotctl-press-shop/pilot-hub/other.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    holder = {"pid": 7, "username": "otto", "hostname": "far-away", "timestamp": "2026-01-02T03:04:05Z"}
    lock.write_text(json.dumps(holder))
    changed = arguments(owner="somebody else")
    [failed] = [one for one in toy.run(unit(changed, state="applied")) if isinstance(one, UnitFailed)]
    assert failed.diagnostic.code == "stack-locked"
    assert "otto on far-away, process 7, since 2026-01-02" in failed.diagnostic.detail
    assert toy.locks() == [lock]
