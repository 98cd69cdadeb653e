"""A stack as an ordinary Pulumi project: what `pulumi up` in a folder of its own works on. Pure.

Pulumi.yaml            project and runtime; where the cloud's folder has a provider of its own, its place
Pulumi.STACK.yaml      settings of this stack, and its secrets where they are asked for: see `pulumi_settings`
stack.json             what is asked of the cloud: see `stacks/contract/arguments.py`
__main__.py            the program
stacks/                the contract and the cloud's folder, as shipped
requirements.txt       what the program imports
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiotctl.backends.pulumi_settings import EMPTY
from aiotctl.model import codec
from aiotctl.model.cloud import Arguments
from aiotctl.shipped import stack_program
from aiotctl.toolbox.pins import pins

PROGRAM = '''"""The program of this stack: it declares what stack.json asks for."""

from pathlib import Path

from stacks.contract.program import run

run(Path(__file__).parent)
'''
REQUIREMENTS = {
    "aws": "pulumi-aws==7.51.1",
    "azure": "pulumi-azure-native==3.29.0",
    "gcp": "pulumi-gcp==10.2.0",
}
"""The library of each cloud in the version that its stack is tested with; the lab needs none."""


@dataclass(frozen=True, slots=True)
class StackFile:
    """One file of the folder, by its path in it."""

    path: str
    content: bytes
    mode: int = 0o644


def project_name(blueprint: str) -> str:
    """What the project of a blueprint is called."""
    return f"aiotctl-{blueprint}"


def stack_name(environment: str, address: str) -> str:
    """What a stack is called, by the unit's address (``stack/hub``)."""
    return f"{environment}-{address.removeprefix('stack/')}"


def stack_folder(
    address: str, arguments: Arguments, shipped: Path, settings: str = EMPTY, state: str = ""
) -> tuple[StackFile, ...]:
    """The files of a stack's project; ``shipped`` is the folder `stacks` that travels with the program. For
    whoever works on it without aiotctl it holds the stack's ``settings`` and the URL of its ``state``.
    """
    name = stack_name(arguments.environment, address)
    texts = {
        "Pulumi.yaml": _project(arguments, shipped, state),
        f"Pulumi.{name}.yaml": settings,
        "stack.json": json.dumps(codec.encode(arguments), indent=2, ensure_ascii=False) + "\n",
        "__main__.py": PROGRAM,
        "requirements.txt": _requirements(arguments.cloud),
    }
    written = [StackFile(path, text.encode()) for path, text in texts.items()]
    return (*written, *_program(arguments.cloud, shipped))


def _project(arguments: Arguments, shipped: Path, state: str) -> str:
    about: dict[str, object] = {
        "name": project_name(arguments.blueprint),
        "description": f"Central services of {arguments.blueprint} in {arguments.cloud}",
        "runtime": "python",
    }
    for provider in (shipped / arguments.cloud).rglob(f"pulumi-resource-{arguments.cloud}"):
        place = f"./stacks/{provider.parent.relative_to(shipped)}"
        about["plugins"] = {"providers": [{"name": arguments.cloud, "path": place}]}
    if state:
        about["backend"] = {"url": state}
    return json.dumps(about, indent=2, ensure_ascii=False) + "\n"  # JSON is YAML


def _requirements(cloud: str) -> str:
    lines = [f"pulumi=={pins()['pulumi'].version}"]
    if library := REQUIREMENTS.get(cloud):
        lines.append(library)
    return "\n".join(lines) + "\n"


def _program(cloud: str, shipped: Path) -> Iterator[StackFile]:
    for file in stack_program(cloud, shipped):
        mode = 0o755 if file.stat().st_mode & stat.S_IXUSR else 0o644
        yield StackFile(f"stacks/{file.relative_to(shipped)}", file.read_bytes(), mode)
