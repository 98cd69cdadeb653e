"""When each read of a shared line takes place, so that no two meet on it.

Telegraf runs every input on a clock of its own. A device that serves one connection at a time, or a serial
line, starves or garbles the second of two reads that meet, so each read gets an offset within its interval.
Times are in ms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SHARE = 0.9
"""Part of a line's time that may be planned; the rest is for retries and a reader's other connections."""

MAX_FRAMES = 240
"""Longest plan in frames. A read that comes less often is planned as if it came once in so many frames."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A read that comes each ``every_ms`` and keeps the line busy for ``cost_ms``."""

    every_ms: int
    cost_ms: float


def offsets(slots: Sequence[Slot]) -> list[int] | None:
    """An offset for each read, or None where the line has not enough time for all of them.

    The frame is the greatest common divisor of the intervals. A read that comes every m frames takes the
    emptiest of the m ways to spread its turns over the frames, and starts where the fullest of these frames
    is free. What time is left is spread between the reads.
    """
    frame = math.gcd(*(slot.every_ms for slot in slots))
    turns = [min(slot.every_ms // frame, MAX_FRAMES) for slot in slots]
    total = min(math.lcm(*turns), MAX_FRAMES)
    busy = [0.0] * total
    places = [(0, 0.0)] * len(slots)
    for n in sorted(range(len(slots)), key=lambda n: (turns[n], n)):
        step = turns[n] if total % turns[n] == 0 else 1
        first = min(range(step), key=lambda way: max(busy[way::step]))
        start = max(busy[first::step])
        for turn in range(first, total, step):
            busy[turn] = start + slots[n].cost_ms
        places[n] = first, start
    if max(busy) > frame * SHARE:
        return None
    spread = frame * SHARE / max(busy)
    return [first * frame + int(start * spread) for first, start in places]
