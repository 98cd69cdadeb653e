"""What the start of plays costs for a whole fleet: real ansible-playbook, the project's own play and
inventories, hosts on this machine, and no task that touches them. Slices of the backend's size against one
inventory.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from aiotctl.backends.ansible import SLICE, environment
from aiotctl.backends.ansible_project import inventory, write_manifests
from aiotctl.backends.hosts import HostRun
from aiotctl.shipped import shipped
from benches.measure import Row

FEW, MANY = 1_000, 10_000
NO_TASK = "no-task-has-this-tag"


def rows(folder: Path, full: bool) -> Iterator[Row]:
    """Measures in an empty folder; only the long bench has the minute that this takes."""
    if not full:
        return
    few = min(_sliced(folder / f"few-{turn}", FEW) for turn in range(2))
    many = _sliced(folder / "many", MANY)
    yield Row("play_start_s", f"start of all plays for {MANY:,} hosts in slices of {SLICE}, s", many)
    yield Row("slice_growth", f"the same / {FEW:,} hosts", many / few, at_most=11)
    whole = _started(folder / "whole", _hosts(0, MANY))
    yield Row("slices_vs_whole", f"one inventory of {MANY:,} / slices", whole / many)


def _sliced(folder: Path, hosts: int) -> float:
    return sum(_started(folder / str(first), _hosts(first, SLICE)) for first in range(0, hosts, SLICE))


def _hosts(first: int, count: int) -> list[HostRun]:
    names = [f"host/s{number:05d}/gw-1" for number in range(first, first + count)]
    return [HostRun(name, {"ansible_connection": "local"}, {"version": 1, "host": name}) for name in names]


def _started(folder: Path, batch: Sequence[HostRun]) -> float:
    """How long the play takes over these hosts when each of its tasks is left out."""
    started = time.perf_counter()
    folder.mkdir(parents=True)
    listed = folder / "inventory.json"
    listed.write_text(json.dumps(inventory(batch, write_manifests(folder / "manifests", batch))))
    program = Path(sys.executable).with_name("ansible-playbook")
    play = str(shipped("playbooks") / "site.yml")
    done = subprocess.run(
        [str(program), "-i", str(listed), "--tags", NO_TASK, "--skip-tags", "always", play],
        env={**environment(folder), "ANSIBLE_STDOUT_CALLBACK": "default"},
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - started
    if done.returncode != 0 or "PLAY [" not in done.stdout:
        raise RuntimeError(f"ansible-playbook ended with {done.returncode}: {done.stdout}{done.stderr}")
    return took
