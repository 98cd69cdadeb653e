"""The registers of a meter and of a press, as raw words, for servers of any library."""

from __future__ import annotations

import struct
from collections.abc import Sequence

Table = dict[int, Sequence[int]]
"""Words, or bits as 0 and 1, by the address of the first."""


def words(layout: str, *values: float | int) -> list[int]:
    """Values as big-endian registers (``f``, ``i``, ``Q`` ... as in `struct`)."""
    raw = struct.pack(f">{layout}", *values)
    return list(struct.unpack(f">{len(raw) // 2}H", raw))


FAILING = 150
"""A holding register that is declared and cannot be read: the device says that it failed."""

HOLDING: Table = {
    100: words("f", 41.5),
    110: words("Q", 2**63 + 1),
    114: words("8s", b"METER-07"),
    120: [1],
    121: [0b1000],
    130: words("h", -1),
    131: [0x8000],
    140: words("f", 230.25)[::-1],
    FAILING: [7],
    200: [word for n in range(40) for word in words("f", n + 0.5)],
}
INPUT: Table = {0: [1234], 10: [*words("I", 12345), *words("h", -2)], 20: words("f", 230.25)}
COIL: Table = {3: [1]}
DISCRETE: Table = {7: [1]}
