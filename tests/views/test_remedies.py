"""Commands in remedies work as they stand."""

from __future__ import annotations

import io

import pytest

from aiotctl.views.output import Screen
from aiotctl.views.remedies import completed

PLACE = {"--project": "/srv/press shop", "--env": "pilot"}
WORDS = "--project '/srv/press shop' --env pilot"


@pytest.mark.parametrize(
    ("remedy", "wanted"),
    [
        ("Break it: `aiotctl unlock 0badc0de`.", f"Break it: `aiotctl unlock {WORDS} 0badc0de`."),
        (
            "Run `aiotctl apply`, then `aiotctl plan --refresh`.",
            f"Run `aiotctl apply {WORDS}`, then `aiotctl plan {WORDS} --refresh`.",
        ),
        ("See: aiotctl verify", f"See: aiotctl verify {WORDS}"),
        (
            "Apply it first: aiotctl apply --env pilot",
            "Apply it first: aiotctl apply --project '/srv/press shop' --env pilot",
        ),
        ("Make one: aiotctl init", "Make one: aiotctl init"),
        ("Run aiotctl apply when it is mended.", "Run aiotctl apply when it is mended."),
    ],
)
def test_a_command_gets_the_options_it_lacks(remedy: str, wanted: str) -> None:
    assert completed(remedy, PLACE) == wanted
    assert completed(remedy, {}) == remedy


def test_a_command_is_never_broken_by_the_edge_of_a_terminal() -> None:
    screen = Screen(io.StringIO(), width=40)
    command = f"`aiotctl unlock {WORDS} 0badc0de`"
    screen.paragraph(f"When that command is no longer running, break the lock: {command}.", "  ")
    assert command in screen.file.getvalue()  # type: ignore[attr-defined]
