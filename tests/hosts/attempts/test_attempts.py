"""Every attempt is refused as it must be, and its counterpart succeeds."""

from __future__ import annotations

import pytest

from tests.hosts.attempts.attempt import Attempt
from tests.hosts.attempts.stage import Stage
from tests.hosts.attempts.table import ATTEMPTS

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_it_is_refused(stage: Stage, attempt: Attempt) -> None:
    if attempt.right is not None and attempt.right not in stage.shown:
        attempt.right(stage)
        stage.shown.add(attempt.right)
    attempt.wrong(stage)


def test_nothing_was_changed_by_them(stage: Stage) -> None:
    assert stage.drift() == ""
