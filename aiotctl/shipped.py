"""Finds the folders that travel with the program: playbooks, schemas, blueprints, stacks."""

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
