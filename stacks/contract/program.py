"""The program of a stack: reads ``stack.json``, hands it to the cloud's folder, exports what that gives.

A cloud's folder has a module ``hub`` with ``def create(arguments, secrets) -> Mapping[str, Input[str]]``:
``secrets`` gives the value of a secret by its name as a secret output, and what is returned are the outputs.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pulumi

from stacks.contract import outputs
from stacks.contract.reading import read

NAMESPACE = "aiotctl"
"""Of the stack's configuration: ``aiotctl:database/admin`` and its like, all of them secrets."""


def run(folder: Path) -> None:
    """Declares everything of the stack in this folder."""
    arguments = read(folder / "stack.json")
    secrets = pulumi.Config(NAMESPACE).require_secret
    given = importlib.import_module(f"stacks.{arguments.cloud}.hub").create(arguments, secrets)
    wanted = set(outputs.names(arguments))
    if wanted != given.keys():
        differing = sorted(wanted ^ given.keys())
        raise RuntimeError(f"stacks/{arguments.cloud} does not fulfil the contract: outputs {differing}")
    for name, value in given.items():
        pulumi.export(name, value)
