"""How an apply under way is killed, and what is brought back afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiotctl.agents.converge.procfs import arguments, scan
from tests.e2e.laptop import Laptop
from tests.hosts.fleet import Fleet
from tests.hosts.machine import Machine


@dataclass
class Strike:
    """What is struck: the apply of a project, and one machine of its fleet."""

    works: Laptop
    fleet: Fleet
    apply: subprocess.Popen[str]
    machine: Machine
    told: list[str] = field(default_factory=list[str])
    """What was hit, in words."""


@dataclass(frozen=True, slots=True)
class Way:
    """``strike`` kills, ``mend`` brings back what the next apply needs."""

    name: str
    strike: Callable[[Strike], None]
    mend: Callable[[Strike], None]


def plays(works: Laptop) -> list[int]:
    """Processes of the plays of this project's commands: ansible-playbook and its workers."""
    mark = f"{works.temporary}/aiotctl-ansible-"
    told = {pid: arguments(pid) for pid in scan()}
    return [pid for pid, words in told.items() if any(mark in word for word in words)]


def _controller(strike: Strike) -> None:
    strike.told.append("aiotctl")
    os.kill(strike.apply.pid, signal.SIGKILL)


def _ansible(strike: Strike) -> None:
    """All of a play at once; where none is under way, the next one as it begins."""
    while strike.apply.poll() is None:
        if found := plays(strike.works):
            strike.told.append(f"Ansible ({len(found)} of its processes)")
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return
        time.sleep(0.01)


def _network(strike: Strike) -> None:
    strike.told.append(f"the cable of {strike.machine.name}")
    strike.machine.disconnect()


def _host(strike: Strike) -> None:
    strike.told.append(f"the power of {strike.machine.name}")
    strike.machine.kill()


def _nothing(_: Strike) -> None:
    """The next apply goes on as things are."""


WAYS = {
    way.name: way
    for way in (
        Way("aiotctl", _controller, _nothing),
        Way("ansible", _ansible, _nothing),
        Way("network", _network, lambda strike: strike.machine.connect()),
        Way("host", _host, lambda strike: strike.machine.start()),
    )
}
