"""A round: a change is applied and killed at some moment, and the next apply finishes it."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from aiotctl.engine.ledger import DONE, FAILED, START, UNKNOWN
from aiotctl.model import names
from tests.e2e.laptop import Laptop
from tests.hosts.fleet import Fleet
from tests.hosts.inside import inside, process_of
from tests.hosts.kills.change import Toggle
from tests.hosts.kills.ways import Strike, Way, plays
from tests.hosts.kills.world import differences, world
from tests.hosts.works import ENVIRONMENT

ENDS_S = 420.0
"""So long an apply may take that has lost a machine; it asks, waits and tells."""

COUNTED = """
SELECT count(*), count(DISTINCT rms) FROM devices.vibration_sensor WHERE time >= to_timestamp(%s)
"""
_LOOK_S = 0.005


@dataclass(frozen=True)
class Moment:
    """When to strike: some seconds after the start, or as soon as a unit has begun and so long after."""

    seconds: float
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s after {self.unit or 'the start'}"


@dataclass(frozen=True)
class Round:
    """What came of it; ``hit`` is empty where the apply had ended before. Seconds: of the apply that was
    struck, and of the next.
    """

    moment: str
    under_way: str
    hit: str
    ended: int
    struck_s: float
    next_s: float

    def __str__(self) -> str:
        return (
            f"{self.hit} at {self.moment}, while {self.under_way}: ended {self.ended} after"
            f" {self.struck_s:.0f} s; the next apply converged in {self.next_s:.0f} s"
        )


@dataclass
class Scene:
    """A project that is applied, and how its machines look on each side when nobody disturbs it."""

    works: Laptop
    fleet: Fleet
    toggle: Toggle
    worlds: dict[int, dict[str, list[str]]] = field(default_factory=dict[int, dict[str, list[str]]])
    seconds: dict[int, float] = field(default_factory=dict[int, float])
    began: float = field(default_factory=time.time)

    def learn(self) -> None:
        """Applies the change there and back, undisturbed."""
        for _ in range(2):
            self.toggle.flip()
            ran = self.works.run("apply", "--env", ENVIRONMENT, "--yes", timeout=ENDS_S).ok()
            self.worlds[self.toggle.side], self.seconds[self.toggle.side] = world(self.fleet), ran.seconds


def play(scene: Scene, way: Way, moment: Moment, machine: str) -> Round:
    """One round. Raises AssertionError where the next apply does not make all as it would have been."""
    scene.toggle.flip()
    began = time.monotonic()
    process = scene.works.start(
        "apply", "--env", ENVIRONMENT, "--yes", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    strike = Strike(scene.works, scene.fleet, process, scene.fleet[machine])
    journal = scene.works.state / "journal.ndjson"
    _wait(moment, process, journal)
    under_way = _under_way(journal)
    try:
        if process.poll() is None:
            way.strike(strike)
        ended = process.wait(ENDS_S)
        struck_s = time.monotonic() - began
    finally:
        if strike.told:
            way.mend(strike)
    next_s = finished(scene)
    return Round(str(moment), under_way, ", ".join(strike.told), ended, struck_s, next_s)


def finished(scene: Scene) -> float:
    """Applies again and checks what came of it; gives how long that apply took."""
    works = scene.works
    unknown = {address for address, unit in works.record.units.items() if unit.state == UNKNOWN}
    ran = works.run("apply", "--env", ENVIRONMENT, "--yes", "--json", timeout=ENDS_S)
    assert ran.code == 0, f"exit {ran.code}\n{ran.out}\n{ran.err}"
    assert unknown <= _planned(ran.out), f"not asked: {unknown - _planned(ran.out)}"
    left = [name for name in ("lock.json", "journal.ndjson") if (works.state / name).exists()]
    assert not left, left
    assert not plays(works), "the killed apply's play works on"
    changes = works.changes()
    assert changes == {}, changes
    differing = differences(scene.worlds[scene.toggle.side], world(scene.fleet))
    assert not differing, differing
    return ran.seconds


def repair(scene: Scene) -> None:
    """Makes everything as it is to be, after a round that failed, for the rounds to come."""
    time.sleep(ENDS_S / 2)  # whatever the machines still do by themselves
    scene.works.run("apply", "--env", ENVIRONMENT, "--yes", "--refresh", timeout=ENDS_S).ok()


def flows(scene: Scene) -> None:
    """Every series comes, and no value that the sensor counted is there twice."""
    scene.works.run("verify", "--env", ENVIRONMENT, "--wait", "120s", timeout=200).ok()
    password = scene.works.environment.vault.values([secret := names.database_secret("reader")])[secret]

    def counted() -> tuple[int, int]:
        with psycopg.connect(
            host="127.0.0.1", dbname="aiot", user="reader", password=password, sslmode="require"
        ) as connection:
            row = connection.execute(COUNTED, [scene.began]).fetchone()
            assert row is not None
            return row

    rows, values = inside(process_of(scene.fleet["hub-1"]), counted)
    assert rows == values > 0, (rows, values)


def _wait(moment: Moment, process: subprocess.Popen[str], journal: Path) -> None:
    """Until the moment, or the end of the apply."""
    began: float | None = None if moment.unit else time.monotonic()
    while process.poll() is None and (began is None or time.monotonic() - began < moment.seconds):
        if began is None and any(unit == moment.unit for phase, unit in _entries(journal) if phase == START):
            began = time.monotonic()
        time.sleep(_LOOK_S)


def _under_way(journal: Path) -> str:
    """What an apply does, by its journal."""
    entries = _entries(journal)
    if not entries:
        return "it plans, or is done"
    begun = {unit for phase, unit in entries if phase == START}
    at_work = begun - {unit for phase, unit in entries if phase in (DONE, FAILED)}
    return f"{', '.join(sorted(at_work)) or 'no unit'} at work, {len(begun - at_work)} units done"


def _entries(journal: Path) -> list[tuple[str, str]]:
    """Phase and unit of each whole line."""
    try:
        lines = journal.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    told = [json.loads(line) for line in lines if line.endswith(b"\n")]
    return [(one["phase"], one["unit"]) for one in told]


def _planned(out: str) -> set[str]:
    messages: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    return {message["address"] for message in messages if message["type"] == "planned_change"}
