"""Plausible values that move: functions of time alone, so that the same seed gives the same values at the
same moment.

A signal gives raw values, before scaling: what a register holds, what a node or a message says.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass

Raw = int | float | str | bool
Signal = Callable[[float], Raw]
"""Raw value at a time in seconds since the epoch."""

EPOCH = 1_767_225_600  # 2026-01-01T00:00:00Z: rising counters start here
RISE_S = 400 * 86_400
"""A rising counter crosses its span in this time and starts again."""


@dataclass(frozen=True, slots=True)
class Seed:
    """Numbers from 0 to 1 that depend on a name alone."""

    digest: bytes

    def part(self, n: int) -> float:
        """The n-th number, n from 0 to 7."""
        return int.from_bytes(self.digest[4 * n : 4 * n + 4], "big") / 0xFFFF_FFFF


def seed(*words: str) -> Seed:
    """The seed of these words."""
    return Seed(hashlib.sha256("\0".join(words).encode()).digest())


def wave(of: Seed) -> Callable[[float], float]:
    """A slow wave with two faster ones upon it, between 0.05 and 0.95."""
    turns = [(0.28, 240 + 360 * of.part(0)), (0.13, 40 + 50 * of.part(1)), (0.04, 3 + 4 * of.part(2))]
    waves = [(high, math.tau / period, math.tau * of.part(3 + n)) for n, (high, period) in enumerate(turns)]
    (a, b, c), (d, e, f), (g, h, i) = waves
    sin = math.sin

    def at(time: float) -> float:
        return 0.5 + a * sin(b * time + c) + d * sin(e * time + f) + g * sin(h * time + i)

    return at


def whole(of: Seed, low: int, high: int, avoid: frozenset[int] = frozenset()) -> Signal:
    """Whole numbers from low to high that step around those to avoid."""
    at, span = wave(of), high - low

    def value(time: float) -> int:
        number = low + round(at(time) * span)
        while number in avoid:
            number += 1 if number < high else low - high
        return number

    return value if span else lambda _: low


def real(of: Seed, low: float, high: float) -> Signal:
    """Numbers between low and high, to five digits of the span."""
    at, span = wave(of), high - low
    digits = 5 - math.ceil(math.log10(span)) if span > 0 else 6
    return lambda time: round(low + at(time) * span, digits)


def rising(of: Seed, low: int | float, high: int | float) -> Signal:
    """A meter that counts up: whole numbers where both ends are whole."""
    span, start = high - low, of.part(0)
    exact = isinstance(low, int) and isinstance(high, int)

    def value(time: float) -> int | float:
        done = ((time - EPOCH) / RISE_S + start) % 1.0 * span
        return low + int(done) if exact else round(low + done, 3)

    return value


def stepping(of: Seed, choices: tuple[Raw, ...]) -> Signal:
    """One of the choices at a time, each for 10 to 30 s."""
    dwell, start = 10 + 20 * of.part(0), int(of.part(1) * 1000)
    return lambda time: choices[(start + _mixed(int(time / dwell))) % len(choices)]


def texts(of: Seed, longest: int) -> Signal:
    """Batch numbers, cut from the left where there is little room."""
    dwell = 20 + 40 * of.part(0)
    return lambda time: f"LOT-{int((time - EPOCH) / dwell) % 1_000_000:06d}"[-longest:]


def _mixed(number: int) -> int:
    """A whole number that looks random and belongs to the given one (a step of a linear congruential
    generator).
    """
    return (number * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) >> 33 & 0xFFFF
