"""Durations, rates and sizes."""

from __future__ import annotations

import pytest

from aiotctl.quantities import duration_ms, duration_text, rate_bps, size_bytes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500ms", 500), ("1s", 1000), ("1.5 s", 1500), ("15min", 900_000), ("1h", 3_600_000),
        ("7d", 604_800_000),
        ("2w", 1_209_600_000), ("5y", 157_680_000_000), ("0.5ms", None), ("1m", None), ("-1s", None),
        ("1 000s", None),
        ("1e3s", None), ("s", None), ("", None), ("9" * 40 + "y", None), ("999999999999y", None),
    ],
)  # fmt: skip
def test_durations(text: str, expected: int | None) -> None:
    assert duration_ms(text) == expected


def test_rates_and_sizes() -> None:
    assert rate_bps("20 Mbit/s") == 20_000_000
    assert rate_bps("2.5kbit/s") == 2500
    assert rate_bps("20 Mbps") is None
    assert size_bytes("10 GB") == 10_000_000_000
    assert size_bytes("1 GiB") == 1 << 30
    assert size_bytes("10") is None


@pytest.mark.parametrize("text", ["500ms", "90s", "15min", "1h", "7d", "0ms"])
def test_a_duration_is_told_as_it_was_written(text: str) -> None:
    found = duration_ms(text)
    assert found is not None
    assert duration_text(found) == text
