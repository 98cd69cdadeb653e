"""An emitted stack as somebody without aiotctl works on it: an ordinary project in a folder of its own, its
settings complete, and a bare script of the Automation API.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiotctl.backends.stack_folder import stack_folder, stack_name
from aiotctl.engine import bind
from aiotctl.model.primitives import Stack
from aiotctl.pipeline.compile import compile_environment
from aiotctl.session.environment import open_environment
from aiotctl.session.stacks import PASSPHRASE, STATE
from aiotctl.shipped import shipped
from aiotctl.stores import pulumi_url
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

    def configure(self, secrets: Mapping[str, str]) -> None:
        """Puts the secrets into the stack's settings; makes the stack where it is not there."""
        self._pulumi("stack", "select", "--create", self.name)
        for name, value in secrets.items():
            self._pulumi("config", "set", "--secret", "--stack", self.name, name, said=value)

    def _pulumi(self, *words: str, said: str = "") -> None:
        subprocess.run(
            ["pulumi", "--non-interactive", *words],
            cwd=self.folder,
            env={**self.environment},
            input=said,
            capture_output=True,
            text=True,
            check=True,
        )


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
    secrets = opened.vault.values(bind.secret_names(stack))
    arguments = bind.arguments(stack, secrets)
    for file in stack_folder(address, arguments, shipped("stacks")):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(file.mode)
    around = {
        **settings,
        "PYTHONPATH": str(folder),
        "AIOTCTL_PYTHON": sys.executable,
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": state or pulumi_url(opened.state, STATE),
        "PULUMI_CONFIG_PASSPHRASE": opened.vault.values([PASSPHRASE])[PASSPHRASE],
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    made = StackByHand(folder, stack_name(environment, address), around)
    made.configure({f"aiotctl:{key}": secrets[ref.name] for key, ref in stack.secrets})
    return made


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
