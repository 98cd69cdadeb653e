"""What an apply costs the controller in a large fleet: everything but Ansible, which a double stands for.

A hundred gateways change. The blueprint is read, checked and compiled, the record loaded and compared, the
hundred (and the central units) are rendered, bound, journalled and recorded in their waves.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benches.fleet import write_hosts
from benches.known import APPLY, remember
from benches.measure import Row

CHANGED = 100
FEW, MANY = 1_000, 10_000
TENTH = 10  # so much smaller are both fleets in the short bench
TIMES = 3


def rows(folder: Path, full: bool) -> Iterator[Row]:
    """Measures in an empty folder. The long bench has the fleets that count, and says what a first apply of
    all costs; the short one has smaller ones, to show in a minute whether anything grows faster than it may.
    """
    sizes = (FEW, MANY) if full else (FEW // TENTH, MANY // TENTH)
    few, many = (_Fleet(folder, sites) for sites in sizes)
    short, long = few.change(), many.change()
    what = f"controller's time of an apply, {many.sites:,} known, {CHANGED} changed"
    yield Row("fleet_overhead_s", f"{what}, s", long)
    yield Row("fleet_overhead_growth", f"the same / {few.sites:,} known", long / short, at_most=11)
    if full:
        yield Row("fleet_first_growth", f"first apply of {MANY:,} / of {FEW:,}", many.first / few.first)


class _Fleet:
    """A project whose environment has been applied; ``first`` is how many seconds that took."""

    def __init__(self, parent: Path, sites: int) -> None:
        self.folder = parent / f"fleet-{sites}"
        self.folder.mkdir()
        self.sites = sites
        self._write(0)
        started = time.perf_counter()
        remember(self.folder)
        self.first = time.perf_counter() - started

    def change(self) -> float:
        """Best time of an apply that changes so many gateways, there and back again."""
        return min(self._changed(CHANGED if turn % 2 == 0 else 0) for turn in range(TIMES))

    def _changed(self, sites: int) -> float:
        self._write(sites)
        started = time.perf_counter()
        done = subprocess.run([*APPLY, str(self.folder)], capture_output=True, text=True, check=True).stdout
        took = time.perf_counter() - started
        if int(done) < CHANGED:
            raise RuntimeError(f"{CHANGED} gateways were changed, and the apply did {done.strip()} units")
        return took

    def _write(self, changed: int) -> None:
        write_hosts(self.folder / "blueprint.yaml", self.sites, changed)
