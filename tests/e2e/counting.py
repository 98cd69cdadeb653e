"""A press shop whose devices count what they give away, so that each value can be asked for."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from aiotctl.pipeline.lower.endpoints import FOLDER
from aiotctl.simulators import control

from .laptop import Laptop

INTERVALS_S = {"press-1": 0.2, "press-2": 0.2, "chiller-1": 1.0, "vib-1": 0.05}
"""How often each device's ``sequence`` is read or sent."""
POLLED = ("press-1", "press-2", "chiller-1")
STORED = "SELECT device, i FROM aiot.value JOIN aiot.series ON id = series WHERE point = 'sequence'"

_BESIDE = {
    "door_open: {register: holding/121": "sequence: {register: holding/130, type: uint32, every: 200ms}",
    "compressor_running: {": 'sequence: {node: "ns=2;s=Chiller.Sequence", type: uint32, every: 1s}',
}
_MESSAGE = """      sequence:
        topic: "sensors/{device}/sequence"
        json: n
        type: integer
        timestamp: {json: t, format: unix_ms}
        every: 50ms
"""


def with_counters(laptop: Laptop) -> None:
    """Adds a counter to each device type of the blueprint."""
    for point, counter in _BESIDE.items():
        laptop.edit(point, f"{counter}\n      {point}")
    laptop.edit("\nsites:\n", f"{_MESSAGE}\nsites:\n")


@dataclass(frozen=True)
class Count:
    """What became of the values of one device between two moments."""

    sent: int
    stored: int
    lost: tuple[int, ...]
    doubled: tuple[int, ...]

    def __str__(self) -> str:
        return f"sent {self.sent} stored {self.stored} lost {len(self.lost)} doubled {len(self.doubled)}"


def stored(laptop: Laptop) -> dict[str, Counter[int]]:
    """How often each count of each device is in the database."""
    found: dict[str, Counter[int]] = {device: Counter() for device in INTERVALS_S}
    for device, number in laptop.rows(STORED):
        found[device][number] += 1
    return found


def last_stored(laptop: Laptop) -> dict[str, int]:
    """The newest count of each device, from which on a test counts."""
    return {device: max(numbers, default=0) for device, numbers in stored(laptop).items()}


def counted(
    laptop: Laptop, first: dict[str, int], seconds: float = 60, may_lose: tuple[str, ...] = ()
) -> dict[str, Count]:
    """Holds all counters, waits until what they gave away has arrived, and counts from ``first`` on.

    What has not come after ``seconds`` is lost; devices that ``may_lose`` are waited for to the last value
    alone.
    """
    folder = laptop.root("host/field") / FOLDER
    devices = {device: f"site/plant-a/device/{device}" for device in INTERVALS_S}
    control.set_faults(folder, {address: ["frozen"] for address in devices.values()})
    try:
        state = control.state(folder)
        last = {device: int(state[address]["counters"]["sequence"]) for device, address in devices.items()}
        deadline = time.monotonic() + seconds
        while True:
            found = stored(laptop)
            counts = {d: _count(found[d], first[d], last[d]) for d in INTERVALS_S}
            arrived = all(found[d][last[d]] and (d in may_lose or not counts[d].lost) for d in INTERVALS_S)
            if arrived or time.monotonic() > deadline:
                return counts
            time.sleep(0.2)
    finally:
        control.set_faults(folder, {address: [] for address in devices.values()})


def _count(found: Counter[int], first: int, last: int) -> Count:
    # A held counter gives its last value again and again, at this end and perhaps at the one before.
    sent = range(first + 1, last)
    lost = tuple(number for number in sent if not found[number])
    doubled = tuple(number for number in sent if found[number] > 1)
    return Count(len(sent), sum(found[number] for number in sent), lost, doubled)
