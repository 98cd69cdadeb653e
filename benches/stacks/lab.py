"""A new environment of the press shop in the lab: made by aiotctl, and once more by hand. By hand means the
engine for each emitted stack by a bare script, and then `ansible-playbook` with what `aiotctl build
--bindings` wrote: the hub's machine, then the gateway. It makes no schema in the database and asks no machine
beforehand.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from aiotctl.backends.ansible import environment as of_ansible
from benches.measure import AIOTCTL, Ran, run, shown
from benches.stacks.by_hand import StackByHand, by_hand, on_path

ENVIRONMENT = "lab"
STACKS = ("stack/hub", "stack/field")
CIDR = "10.87.47.0/24"
CLEARED = ("-e", "converge_state=absent", "-e", '{"converge_purge_data": true}')
"""What the play leaves on this machine goes: the simulated devices."""


class LabProject:
    """The press shop, its lab in a network of the bench's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        run([*AIOTCTL, "init", "press-shop", str(folder), "--defaults", "--data", "name=bench"])
        blueprint = folder / "blueprint.yaml"
        text = blueprint.read_text(encoding="utf-8")
        cloud = "cloud: {engine: lab"
        if text.count(f"{cloud}}}") != 1:
            raise RuntimeError("the template's lab is not as the bench knows it")
        blueprint.write_text(text.replace(f"{cloud}}}", f"{cloud}, cidr: {CIDR}}}"), encoding="utf-8")

    def run(self, *words: str) -> Ran:
        """Runs aiotctl about the environment."""
        return run([*AIOTCTL, *words, "--env", ENVIRONMENT, "--project", str(self.folder)])


def applied(folder: Path, engine: Path) -> tuple[Ran, Ran]:
    """How long aiotctl takes, and how long it takes by hand with this engine; nothing is left of either."""
    project = LabProject(folder / "project")
    with _destroyed(project):
        ours = shown("aiotctl makes a lab", project.run("apply", "--yes"))
        project.run("verify", "--wait", "180s")
        stacks = [_stack(project, address, folder / address, engine) for address in STACKS]
        project.run("build", "--bindings", "--out", str(folder / "hosts"))
    return ours, _by_hand(stacks, folder)


def _stack(project: LabProject, address: str, folder: Path, engine: Path) -> StackByHand:
    state = folder.parent / "state"
    state.mkdir(parents=True, exist_ok=True)
    return by_hand(project.folder, ENVIRONMENT, address, folder, on_path(engine.parent), f"file://{state}")


@contextmanager
def _destroyed(project: LabProject) -> Generator[None]:
    try:
        yield
    finally:
        project.run("destroy", "--purge-data", "--yes")


def _by_hand(stacks: Sequence[StackByHand], folder: Path) -> Ran:
    try:
        steps = [shown(f"{stack.name} by hand", stack.up()) for stack in stacks]
        steps.append(shown("the play by hand", _play(folder / "hosts", folder / "ansible")))
    finally:
        _play(folder / "hosts", folder / "ansible-clears", "--limit", "!systemd", *CLEARED)
        for stack in reversed(stacks):
            stack.destroy()
    whole = Ran("", sum(step.seconds for step in steps), sum(step.processor for step in steps))
    return shown("a lab by hand", whole)


def _play(hosts: Path, folder: Path, *words: str) -> Ran:
    folder.mkdir()
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    around = {**kept, **of_ansible(folder), "ANSIBLE_STDOUT_CALLBACK": "default"}
    ran = run([program, "-i", "inventory.json", "site.yml", *words], folder=hosts, environment=around)
    return replace(ran, said="")
