"""What became of every value, from one look to the next."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping

from tests.e2e.counting import Count
from tests.hosts.networks.devices import Counting

LOOK_S = 0.5

Stored = Callable[[Mapping[str, int]], Mapping[str, Counter[int]]]
"""How often each count of each device is stored, beyond what is given for it."""


class Ledger:
    """Counts what all devices gave away since the last look. No value falls between two looks."""

    def __init__(self, devices: Mapping[str, Counting], stored: Stored) -> None:
        self.devices = devices
        self._stored = stored
        self._first = {name: max(device.given(0), default=0) for name, device in devices.items()}
        self._seen = dict(self._first)

    def look(self, seconds: float = 60, may_lose: Collection[str] = ()) -> dict[str, Count]:
        """Waits until all that was given away is stored, and counts it. What has not come after ``seconds``
        is lost; of devices that ``may_lose`` the last one is waited for alone.
        """
        given = {name: device.given(self._seen[name]) for name, device in self.devices.items()}
        deadline = time.monotonic() + seconds
        while True:
            stored = self._stored(self._seen)
            counts = {name: _count(counts, stored[name]) for name, counts in given.items()}
            if all(_has_come(counts[name], given[name], name in may_lose) for name in given):
                break
            if time.monotonic() > deadline:
                break
            time.sleep(LOOK_S)
        self._seen |= {name: counts[-1] for name, counts in given.items() if counts}
        return counts

    def whole(self) -> dict[str, Count]:
        """All of it, from the beginning to the last look: what came twice later is seen here."""
        stored = self._stored(self._first)
        given = {name: device.given(self._first[name]) for name, device in self.devices.items()}
        return {
            name: _count([count for count in counts if count <= self._seen[name]], stored[name])
            for name, counts in given.items()
        }


def _has_come(count: Count, given: list[int], may_lose: bool) -> bool:
    return not given or not count.lost or (may_lose and given[-1] not in count.lost)


def _count(given: list[int], found: Counter[int]) -> Count:
    lost = tuple(number for number in given if not found[number])
    doubled = tuple(number for number in given if found[number] > 1)
    return Count(len(given), sum(found[number] for number in given), lost, doubled)
