"""The page in the documentation lists the attempts that there are."""

from __future__ import annotations

from tests.hosts.attempts.table import ATTEMPTS, PAGE, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.hosts.attempts"


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    names = {attempt.name for attempt in ATTEMPTS}
    assert len(names) == len(ATTEMPTS) >= 40
