"""The short form of these tests, run each time, and the full one of `make soak`."""

from __future__ import annotations

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Form:
    """How long and how often; ``apart`` gives each kind of ending a row of its own."""

    name: str
    cut_s: float
    rounds: int
    clock_s: float
    apart: bool

    def __str__(self) -> str:
        return self.name


SHORT, FULL = Form("short", 15, 1, 2, False), Form("full", 600, 2, 15, True)
FORMS = [
    pytest.param(SHORT, id="short", marks=pytest.mark.timeout(1200)),
    pytest.param(FULL, id="full", marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
]
forms = pytest.mark.parametrize("form", FORMS)
