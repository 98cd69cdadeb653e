"""Which running processes belong to a host root, and to which of its services."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .procfs import Process, arguments, link, scan

SUPERVISORD = "supervisor.supervisord"  # the module that is run


@dataclass(frozen=True, slots=True)
class RootProcesses:
    """The processes of one root. `mains` are supervised now; `strays` are left from earlier."""

    supervisor: Process | None
    mains: dict[str, Process]
    members: dict[str, tuple[Process, ...]]
    strays: tuple[Process, ...]

    @property
    def all(self) -> tuple[Process, ...]:
        """Every process of the root, supervisord last."""
        found = {p.pid: p for members in self.members.values() for p in members}
        found.update({p.pid: p for p in self.strays})
        if self.supervisor:
            found.pop(self.supervisor.pid, None)
        return (*found.values(), *([self.supervisor] if self.supervisor else []))


def processes_of(root: Path, table: dict[int, Process], executables: frozenset[str]) -> RootProcesses:
    """Sorts out the processes of one root from all that run.

    A process belongs by its mark in the environment, by descending from one that has it, or, when
    its environment was overwritten (PostgreSQL does so for titles), by running one of
    `executables` in a directory under the root.
    """
    services = {p.pid: p.service for p in table.values() if p.root == str(root)}
    _add_descendants(table, services)
    _add_unmarked(str(root), table, executables, services)
    supervisor = _supervisor(root, table, services)
    members: dict[str, list[Process]] = {}
    for pid, name in services.items():
        members.setdefault(name, []).append(table[pid])
    mains = {
        name: process
        for name, group in members.items()
        for process in group
        if name and supervisor and process.parent == supervisor.pid
    }
    strays = tuple(
        process
        for name, group in members.items()
        for process in group
        if process is not supervisor and _is_stray(process, mains.get(name), supervisor, table)
    )
    return RootProcesses(supervisor, mains, {n: tuple(g) for n, g in members.items() if n}, strays)


def supervised(root: Path) -> dict[str, Process]:
    """The supervised process of each service that runs now."""
    return processes_of(root, scan(), executables(root)).mains


def executables(root: Path) -> frozenset[str]:
    """What the services under run/ execute, links resolved."""
    found: set[str] = set()
    for path in (root / "run").glob("*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            value: dict[str, Any] = json.loads(path.read_bytes())
            word = str(value["command"][0])
            program = shutil.which(word, path=str(value["environment"]["PATH"]))
            found.add(os.path.realpath(program or word))
    return frozenset(found)


def _add_descendants(table: dict[int, Process], services: dict[int, str]) -> None:
    for pid in table:
        chain, current = list[int](), pid
        while current in table and current not in services and current not in chain:
            chain.append(current)
            current = table[current].parent
        name = services.get(current)
        if name:  # not supervisord's own children: those become services in a moment
            services.update(dict.fromkeys(chain, name))


def _add_unmarked(
    root: str, table: dict[int, Process], executables: frozenset[str], services: dict[int, str]
) -> None:
    for pid, process in table.items():
        if process.marker is None and pid not in services and (link(pid, "cwd") + "/").startswith(root + "/"):
            program = link(pid, "exe")
            if program in executables:
                services[pid] = f"{Path(program).name} (unmarked)"


def _supervisor(root: Path, table: dict[int, Process], services: dict[int, str]) -> Process | None:
    found = [
        table[pid]
        for pid, name in services.items()
        if not name and services.get(table[pid].parent) != "" and SUPERVISORD in arguments(pid)
    ]
    noted = 0
    with contextlib.suppress(OSError, ValueError):
        noted = int((root / "run/supervisord.pid").read_text())
    return next((p for p in found if p.pid == noted), found[0] if found else None)


def _is_stray(
    process: Process, main: Process | None, supervisor: Process | None, table: dict[int, Process]
) -> bool:
    """Whether it is left over: not below supervisord, nor detached by the present main process."""
    current: Process | None = process
    for _ in range(64):
        if current is None or supervisor is None:
            break
        if current.parent == supervisor.pid:
            return False
        current = table.get(current.parent)
    return main is None or process.started < main.started
