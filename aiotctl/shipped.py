"""Finds the folders that travel with the program: playbooks, schemas, blueprints, stacks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

ShippedFolder = Literal["blueprints", "playbooks", "schemas", "stacks"]

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: ShippedFolder) -> Path:
    """Return the folder `name`, in an installed wheel as well as in a checkout.

    A wheel carries it inside the package; in a checkout it lies beside the package.
    """
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def stack_program(cloud: str, folder: Path) -> Iterator[Path]:
    """The files of which a cloud's stacks are made, in order; ``folder`` is the shipped folder `stacks`."""
    yield folder / "__init__.py"
    for part in ("contract", cloud):
        for file in sorted((folder / part).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file
