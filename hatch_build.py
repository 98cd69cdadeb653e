"""Puts what the program reads beside its code into the wheel, under aiotctl/_shipped/."""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("blueprints", "playbooks", "schemas", "stacks")


class ShippedFolders(BuildHookInterface[Any]):
    """Adds the shipped folders to a wheel; an editable install reads them where they lie."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        # File by file: roles share the agent by links to one folder, which the builder would follow but once.
        for name in SHIPPED:
            for folder, _, files in os.walk(Path(self.root, name), followlinks=True):
                where = Path(folder).relative_to(self.root)
                if where.name != "__pycache__":
                    found = {str(where / file): f"aiotctl/_shipped/{where / file}" for file in files}
                    build_data["force_include"].update(found)
