"""Names in a cloud."""

from __future__ import annotations

import re

import pytest

from aiotctl.model.cloud import LONGEST_PREFIX, Arguments, Network


def _prefix(blueprint: str, environment: str) -> str:
    return Arguments("aws", "r", blueprint, environment, "o", False, Network("10.0.0.0/16")).prefix


def test_a_plain_name_is_kept() -> None:
    assert _prefix("press-shop", "production") == "press-shop-production"


@pytest.mark.parametrize(
    ("blueprint", "environment"),
    [("Press_Shop", "production"), ("press--shop", "production"), ("p" * 60, "e" * 60), ("a" * 39, "b")],
)
def test_any_other_becomes_what_clouds_allow(blueprint: str, environment: str) -> None:
    made = _prefix(blueprint, environment)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made)
    assert len(made) <= LONGEST_PREFIX


def test_two_that_would_become_the_same_differ() -> None:
    wanted = [
        ("press-shop", "pilot"),
        ("Press-shop", "pilot"),
        ("press_shop", "pilot"),
        ("press_shop", "Pilot"),
    ]
    assert len({_prefix(*names) for names in wanted}) == len(wanted)
