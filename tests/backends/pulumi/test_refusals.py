"""What engine and cloud refuse is a finding: which unit, which resource, what was said, what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiotctl.errors import AiotctlError
from aiotctl.model.events import UnitFailed
from tests.backends.pulumi.conftest import Toy, arguments, unit

REFUSALS = [
    ("cloud-quota", "VcpuLimitExceeded: you have requested more vCPU capacity than your current limit"),
    ("cloud-conflict", "a thing of that name already exists"),
    ("cloud-timeout", "timeout while waiting for state to become 'available'"),
    ("cloud-credentials", "AccessDenied: not authorized to perform this"),
    ("cloud-refused", "the moon is full"),
]


def test_a_refusal_names_unit_resource_words_and_log_and_what_was_made_is_kept(toy: Toy) -> None:
    asked = arguments(("hub-1", "hub-2"))
    for code, words in REFUSALS:
        toy.refuse("hub-2", words)
        [failed] = [one for one in toy.run(unit(asked, state="unknown")) if isinstance(one, UnitFailed)]
        found = failed.diagnostic
        assert (found.code, found.address) == (code, "stack/hub")
        assert "toy:index:Machine hub-2" in found.detail
        assert words in found.detail
        log = Path(found.detail.rpartition("The whole log: ")[2])
        assert words in log.read_text()
    toy.forgive()
    toy.up(unit(asked, state="unknown"))
    assert sorted(toy.made()) == ["create Machine.hub-1", "create Machine.hub-2"]


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
    assert "ValueError: no" in told.value.diagnostics[0].detail
