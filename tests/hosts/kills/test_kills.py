"""An apply to machines of their own, killed in the middle in four ways: the next one makes everything as it
would have been, asks what it does not know, and doubles nothing.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import pytest

from tests.e2e.laptop import Laptop
from tests.hosts.fleet import Fleet
from tests.hosts.kills.change import Toggle
from tests.hosts.kills.rounds import Moment, Scene, flows, play, repair
from tests.hosts.kills.ways import WAYS
from tests.hosts.works import Sensor

SEED = int(os.environ.get("AIOTCTL_SEED", "20261123"))
KILLS = int(os.environ.get("AIOTCTL_KILLS", "20"))
AIMED = {
    "aiotctl": Moment(1.5, "host/plant-a/gw-1"),
    "ansible": Moment(2.0, "host/hub-1"),
    "network": Moment(1.5, "host/plant-a/gw-1"),
    "host": Moment(2.0, "host/plant-a/gw-1"),
}
"""For the short form: so long after a unit has begun, its play works on the machine."""


@pytest.fixture(scope="module")
def scene(works: Laptop, fleet: Fleet) -> Iterator[Scene]:
    """The applied environment, with a sensor that counts; at the end it is as it was."""
    made = Scene(works, fleet, Toggle(works))
    with Sensor(works, "plant-a/vib-1").publishing():
        made.learn()
        yield made
        if made.toggle.side:
            made.toggle.flip()
            works.run("apply", "--env", works.name, "--yes", timeout=400).ok()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", WAYS)
def test_what_was_killed_is_finished_by_the_next(scene: Scene, way: str) -> None:
    print(play(scene, WAYS[way], AIMED[way], "gw-1"))


@pytest.mark.timeout(300)
def test_values_flow_on_and_none_is_there_twice(scene: Scene) -> None:
    flows(scene)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("way", WAYS)
def test_at_any_moment(scene: Scene, way: str) -> None:
    dice = random.Random(f"{SEED} {way}")
    rounds, failed = 0, list[str]()
    while rounds < KILLS:
        side = 1 - scene.toggle.side
        moment = Moment(dice.random() * scene.seconds[side])
        machine = dice.choice([one.name for one in scene.fleet])
        began = time.monotonic()
        try:
            played = play(scene, WAYS[way], moment, machine)
            if not played.hit:  # it was quicker this time, and that is how long it takes
                scene.seconds[side] = played.struck_s
                continue
            told = str(played)
            if rounds % 5 == 4:
                flows(scene)
        except AssertionError as failure:
            told = f"FAILED {moment} on {machine}: {failure}"
            failed.append(told)
            repair(scene)
        rounds += 1
        print(f"{way} {rounds:2}: {told}; round {time.monotonic() - began:.0f} s", flush=True)
    assert not failed, f"{len(failed)} of {KILLS}: {failed}"
