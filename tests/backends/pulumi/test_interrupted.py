"""aiotctl, the engine or the provider is killed or interrupted while a stack is made: no lock is left, what
was cut short is found and told, and nothing is made twice.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from aiotctl.model.events import UnitDone, UnitProgress
from tests.backends.pulumi.conftest import ROOT, Toy, arguments, unit

MACHINES = ("hub-1", "hub-2", "hub-3", "hub-4")
Victim = Literal["aiotctl", "ctrl-c", "engine", "provider"]
Moment = Callable[[Toy, "subprocess.Popen[bytes]"], None]
VICTIMS: list[Victim] = ["aiotctl", "engine", "provider", "ctrl-c"]
SOAK = 20
AS_LONG_AS_IT_TAKES_S = 90


@pytest.mark.parametrize("victim", VICTIMS)
def test_the_next_apply_goes_on_from_there(toy: Toy, victim: Victim) -> None:
    told = interrupted(toy, victim, under_way)
    if victim == "engine":
        cut = [one for one in told if "was cut short while creating" in one]
        assert len(cut) == len(MACHINES), "what was cut short is told"


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_at_any_moment(toy: Toy) -> None:
    chance = random.Random(20)
    for number in range(SOAK):
        victim: Victim = chance.choice(("aiotctl", "ctrl-c", "engine", "provider"))
        after = chance.uniform(0.0, 4.0)
        print(f"{number}: {victim} after {after:.2f} s")
        interrupted(toy, victim, lambda *_, after=after: time.sleep(after))
        toy.up(unit(arguments(MACHINES), state="applied", remove=True))
        assert toy.things() == {}
        (toy.world / "log").unlink()


def interrupted(toy: Toy, victim: Victim, moment: Moment) -> list[str]:
    """Interrupts an apply at a moment and carries out the next; what that one told of progress."""
    toy.wait(1.5)
    apply = started(toy)
    moment(toy, apply)
    strike(apply, victim)
    apply.wait(AS_LONG_AS_IT_TAKES_S)
    toy.wait(0.1)

    events = toy.run(unit(arguments(MACHINES), state="unknown"))
    assert isinstance(events[-1], UnitDone), events
    assert set(toy.things()) == {f"Machine.{name}" for name in MACHINES}
    made = [line for line in toy.made() if line.startswith("create ")]
    assert len(made) == len(set(made)) == len(MACHINES), "nothing is made twice"
    assert toy.locks() == []
    assert toy.pending() == []
    return [f"{one.item} {one.what}" for one in events if isinstance(one, UnitProgress)]


def started(toy: Toy) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.backends.pulumi.applying", str(toy.folder), "", *MACHINES]
    with (toy.folder / "applying.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)


def under_way(toy: Toy, apply: subprocess.Popen[bytes]) -> None:
    """Waits until all machines are being made."""
    until = time.monotonic() + AS_LONG_AS_IT_TAKES_S
    while toy.begun() < len(MACHINES) and apply.poll() is None and time.monotonic() < until:
        time.sleep(0.05)


def strike(apply: subprocess.Popen[bytes], victim: Victim) -> None:
    match victim:
        case "aiotctl":
            apply.kill()
        case "ctrl-c":
            apply.send_signal(signal.SIGINT)
        case "engine":
            kill(of(apply, "pulumi up"))
        case "provider":
            kill(of(apply, "serve.py"))


def kill(processes: list[int]) -> None:
    for process in processes:
        os.kill(process, signal.SIGKILL)


def of(apply: subprocess.Popen[bytes], words: str) -> list[int]:
    """The processes below an apply whose command lines hold these words."""
    below = {apply.pid}
    found: list[int] = []
    for process in sorted(int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()):
        try:
            stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            command = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(stat[1]) in below:
            below.add(process)
            if words in command.replace("--non-interactive ", ""):
                found.append(process)
    return found
