"""The quick way through plain sections gives what libyaml gives, or steps aside."""

from __future__ import annotations

import random

import pytest

from aiotctl.pipeline.language import quick
from aiotctl.pipeline.language.events import Reader, Value


def long_way(text: str) -> str:
    """What libyaml reads, types and order included; another text where it finds a problem."""
    reader = Reader(text)
    value: Value = reader.read()
    return "a problem" if reader.problems else repr(value)


def blueprint(rows: int = 120) -> str:
    head = "name: t\nsites:   # many\n"
    site = (
        "  s{n}:\n    timezone: Europe/Berlin\n\n    # a comment\n    devices:\n      d:\n"
        '        type: press\n        endpoint: "10.0.0.{n}:502"\n        unit_id: {n}\n    uplink: 1 '
        "Mbit/s # slow\n"
    )
    return (
        head
        + "".join(site.format(n=n) for n in range(rows))
        + "owner: me\nplatform: {broker: {engine: nats}}\n"
    )


def test_a_plain_section_is_read_the_same() -> None:
    text = blueprint()
    value = quick.read(text)
    assert value is not None
    assert repr(value) == long_way(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("unit_id: 7\n", "unit_id: 7\n          deeper: x\n"),
        ("unit_id: 7\n", "unit_id: 7\n       odd: x\n"),
        ("unit_id: 7\n", "unit_id: 7\n        unit_id: 8\n"),
        ("unit_id: 7\n", "unit_id: &a 7\n"),
        ("unit_id: 7\n", "unit_id: null\n          x: y\n"),
        ("unit_id: 7\n", 'unit_id: ""\n'),
        ("unit_id: 7\n", "unit_id: a: b\n"),
        ("unit_id: 7\n", "unit_id: a:\n"),
        ("unit_id: 7\n", "unit_id:\ta\n"),
        ("unit_id: 7\n", "unit_id: a\n          b\n"),
        ("unit_id: 7\n", "- item\n"),
        ("owner: me\n", "sites: {}\n"),
        ("name: t\n", 'name: "t\n'),
        ("name: t\n", "name: {t: [\n"),
        ("name: t\n", "name: |\n"),
        ("owner: me\n", "---\nowner: me\n"),
    ],
)
def test_what_is_unusual_goes_the_long_way_or_means_the_same(old: str, new: str) -> None:
    text = blueprint().replace(old, new, 1)
    value = quick.read(text)
    assert value is None or repr(value) == long_way(text)


def test_random_changes_never_make_a_difference() -> None:
    draw = random.Random(20260101)
    sound = blueprint(60)
    pieces = [
        " ",
        "  ",
        "\n",
        ":",
        ": ",
        "#",
        " #",
        "-",
        "- ",
        '"',
        "'",
        "{",
        "}",
        "[",
        "&a ",
        "*a",
        "!",
        "|",
        ">",
        "%",
        "\t",
    ]
    taken = 0
    for _ in range(1500):
        text = sound
        for _ in range(draw.randint(1, 3)):
            at = draw.randrange(len(text))
            cut = at + draw.choice((0, 0, 1, 2, 12))
            text = text[:at] + draw.choice(pieces) + text[cut:]
        value = quick.read(text)
        if value is not None:
            taken += 1
            assert repr(value) == long_way(text)
    assert taken > 50
