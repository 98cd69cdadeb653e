"""Work in the network of a machine: its addresses, loopback and firewall, with the libraries of the tests."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from stacks.lab.machines.space import podman
from tests.hosts.machine import Machine

_CLONE_NEWNET = 0x40000000
T = TypeVar("T")


def process_of(machine: Machine) -> int:
    """The first process of a machine, by its number out here; another one after each start."""
    return int(podman("inspect", "--format", "{{.State.Pid}}", machine.container))


def inside(process: int, work: Callable[[], T], within_s: float = 60) -> T:
    """What the work gives, done in a thread, and by what it starts, that has the network of a process."""
    with ThreadPoolExecutor(1, initializer=_enter, initargs=(process,)) as pool:
        return pool.submit(work).result(within_s)


def _enter(process: int) -> None:
    with Path(f"/proc/{process}/ns/net").open() as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
