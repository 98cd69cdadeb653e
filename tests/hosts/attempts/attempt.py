"""What an attempt is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from tests.hosts.attempts.stage import Stage

Work = Callable[["Stage"], str]


@dataclass(frozen=True, slots=True)
class Trial:
    """Something that is done: in words, as a function that tells what came of it, and how that must read
    (a regular expression).
    """

    words: str
    work: Work
    says: str

    def __call__(self, stage: Stage) -> None:
        """Does it. Raises AssertionError where something else came of it."""
        try:
            told = self.work(stage)
        except (OSError, psycopg.Error) as refusal:
            told = f"{type(refusal).__name__}: {refusal}"
        assert re.search(self.says, told), f"{self.words}: {told!r} is not {self.says!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """``guard`` is what must refuse it; ``right`` the counterpart that succeeds."""

    name: str
    who: str
    wrong: Trial
    guard: str
    right: Trial | None = None
