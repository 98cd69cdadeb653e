"""Puts what the program reads beside its code into the wheel, under aiotctl/_shipped/."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("blueprints", "playbooks", "schemas", "stacks")


class ShippedFolders(BuildHookInterface[Any]):
    """Adds the shipped folders to a wheel; an editable install reads them where they lie."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        present = (name for name in SHIPPED if Path(self.root, name).is_dir())
        build_data["force_include"].update({name: f"aiotctl/_shipped/{name}" for name in present})
