"""A first apply killed with SIGKILL at any moment: the next one converges, and nothing runs twice."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterable

import pytest

from .conftest import New, leave_nothing
from .killing import PHASES, Moment, killed_at
from .laptop import Laptop

SEED = int(os.environ.get("AIOTCTL_SEED", "20261123"))
KILLS = int(os.environ.get("AIOTCTL_KILLS", "100"))
AT_LEAST = 3
"""So often each phase of the journal must have been hit in the long form."""


def test_an_apply_killed_in_each_phase_is_gone_on_from(new: New) -> None:
    laptop = new("press-shop")
    services, seconds = reference(laptop)
    middle = Moment(random.Random(SEED).uniform(0.25, 0.75) * seconds)
    moments = [middle, *(Moment(phase=phase) for phase in ("begin", "unit-done", "end"))]
    hits = rounds(laptop, moments, services)
    print(histogram(hits))
    # Begin and end last milliseconds: on a busy machine an apply may be past them when it is killed.
    assert len(hits) >= 2


@pytest.mark.soak
@pytest.mark.timeout(5400)
def test_an_apply_killed_at_a_hundred_moments_is_gone_on_from(new: New) -> None:
    laptop = new("press-shop")
    services, seconds = reference(laptop)
    hits = rounds(laptop, spread(KILLS, seconds), services)
    # Begin and end last milliseconds: where the even spread has missed them, they are aimed at.
    for _ in range(8 * AT_LEAST):
        if missing := [phase for phase in PHASES if hits[phase] < AT_LEAST]:
            hits += rounds(laptop, [Moment(phase=missing[0])], services)
    print(histogram(hits))
    assert min(hits[phase] for phase in PHASES) >= AT_LEAST


def spread(count: int, seconds: float) -> list[Moment]:
    """Moments evenly over an apply, one anywhere in each of as many equal parts, in no order."""
    dice = random.Random(SEED)
    moments = [Moment((part + dice.random()) * seconds / count) for part in range(count)]
    dice.shuffle(moments)
    return moments


def reference(laptop: Laptop) -> tuple[set[str], float]:
    """The services of an apply that nobody disturbs, and how long it takes."""
    ran = laptop.apply().ok()
    services = set(laptop.services())
    assert services == laptop.expected_services()
    leave_nothing(laptop)
    print(f"seed {SEED}; a first apply takes {ran.seconds:.1f} s and starts {len(services)} services")
    return services, ran.seconds


def rounds(laptop: Laptop, moments: Iterable[Moment], services: set[str]) -> Counter[str]:
    """Kills a first apply at each moment and checks what the next one makes of it."""
    hits: Counter[str] = Counter()
    for number, moment in enumerate(moments, 1):
        began = time.monotonic()
        phase = killed_at(laptop, moment)
        hits[phase] += 1
        flowing = mended(laptop, services)
        leave_nothing(laptop)
        whole = time.monotonic() - began
        print(
            f"{number:3} killed {moment}, in {phase!r}: flows after {flowing:.1f} s, round {whole:.1f} s",
            flush=True,
        )
    return hits


def mended(laptop: Laptop, services: set[str]) -> float:
    """Applies again and checks that all is there, once; gives the seconds until every series flowed."""
    began = time.monotonic()
    laptop.apply().ok()
    assert not (laptop.state / "lock.json").exists()
    assert not (laptop.state / "journal.ndjson").exists()
    assert laptop.orphans() == []
    assert set(laptop.services()) == laptop.expected_services() == services
    assert laptop.strays() == []
    assert laptop.changes() == {}
    laptop.wait_flowing()
    [(rows, values)] = laptop.rows("SELECT count(*), count(DISTINCT (series, time)) FROM aiot.value")
    assert rows == values > 0
    return time.monotonic() - began


def histogram(hits: Counter[str]) -> str:
    """A bar a phase."""
    return "\n".join(f"{phase:>13} {count:4} {'#' * count}" for phase, count in hits.most_common())
