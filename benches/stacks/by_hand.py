"""A stack as `aiotctl build --bindings` writes it, worked on without aiotctl: an ordinary project in a folder
of its own, its settings complete, and a bare script of the Automation API.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiotctl.backends.stack_folder import stack_name
from aiotctl.model.primitives import Stack
from aiotctl.pipeline.compile import compile_environment
from aiotctl.session.building_stacks import PASSPHRASE_FILE, bound_stack_files
from aiotctl.session.environment import open_environment
from benches.measure import Ran, run

SCRIPT = Path(__file__).with_name("bare.py")


@dataclass(frozen=True, slots=True)
class StackByHand:
    """One stack's project; ``environment`` is what the engine finds in its environment."""

    folder: Path
    name: str
    environment: Mapping[str, str]

    def look(self) -> tuple[Ran, Mapping[str, int]]:
        """A preview that refreshes, and how many resources it would touch, by what it would do."""
        ran = self._run("look")
        return ran, json.loads(ran.said.splitlines()[-1])

    def up(self) -> Ran:
        """Makes it all."""
        return self._run("up")

    def destroy(self) -> Ran:
        """Takes it all away."""
        return self._run("destroy")

    def _run(self, operation: str) -> Ran:
        words = [sys.executable, str(SCRIPT), operation, self.name]
        return run(words, folder=self.folder, environment=self.environment)


def by_hand(
    project: Path,
    environment: str,
    address: str,
    folder: Path,
    settings: Mapping[str, str],
    state: str = "",
) -> StackByHand:
    """The stack of an environment that aiotctl has applied, with its secrets, written into a folder.
    ``settings`` is the environment of its programs; ``state`` is the URL of another state than aiotctl's.
    """
    bundle = compile_environment(project / "blueprint.yaml", environment).bundle
    opened = open_environment(project, bundle.blueprint, environment, None, lambda _: None)
    stack = bundle.render(address)
    assert isinstance(stack, Stack)
    for file in bound_stack_files(opened, stack):
        path = folder / Path(file.path).relative_to(address)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(file.mode)
    around = {
        **settings,
        "PYTHONPATH": str(folder),
        "AIOTCTL_PYTHON": sys.executable,
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(folder / PASSPHRASE_FILE),
        **({"PULUMI_BACKEND_URL": state} if state else {}),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    name = stack_name(environment, address)
    words = ["pulumi", "--non-interactive", "stack", "select", "--create", name]
    subprocess.run(words, cwd=folder, env=around, capture_output=True, check=True)
    return StackByHand(folder, name, around)


def traced_engine(engine: Path, folder: Path) -> Path:
    """Puts a program ``pulumi`` into a folder that leaves a line in the file given back, whenever it is
    started, and then is the engine.
    """
    folder.mkdir(parents=True)
    trace = folder / "started"
    program = folder / "pulumi"
    program.write_text(f'#!/bin/sh\necho "$*" >> "{trace}"\nexec "{engine}" "$@"\n')
    program.chmod(0o755)
    return trace


def on_path(folder: Path) -> Mapping[str, str]:
    """The environment of this process, with a folder before its PATH."""
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
