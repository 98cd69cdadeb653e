"""Topics become NATS' subjects, and texts its strings."""

from __future__ import annotations

import pytest

from aiotctl.catalog.brokers.nats import quoted, subjects


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("site/a/gw-1", ("site.a.gw-1",)),
        ("site/+/+", ("site.*.*",)),
        ("sensors/#", ("sensors.>", "sensors")),
        ("#", (">",)),
        ("a/v1.2/b", ("a.v1//2.b",)),
        ("/a", ("/.a",)),
        ("a//b", ("a./.b",)),
        ("a/", ("a./",)),
    ],
)
def test_subjects(topic, expected):
    assert subjects(topic) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("plain", '"plain"'), ('a"b', '"a\\"b"'), ("a\\b", '"a\\\\b"'), ("é\n", '"é\\x0a"')],
)
def test_quoted(text, expected):
    assert quoted(text) == expected
