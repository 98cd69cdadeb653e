"""A bare script of Pulumi's Automation API, the peer of what aiotctl does with a stack: OPERATION STACK,
started in an emitted folder. OPERATION is `look` (a preview that refreshes), `up` or `destroy`. Prints how
many resources it touched, by what it did, as JSON.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

from pulumi import automation as auto


def main() -> None:
    """Does what the words of the command line ask for."""
    operation, name = sys.argv[1:]
    stack = auto.create_or_select_stack(
        stack_name=name,
        project_name=json.loads(Path("Pulumi.yaml").read_text())["name"],
        program=_program,
        opts=auto.LocalWorkspaceOptions(work_dir=str(Path.cwd())),
    )
    match operation:
        case "look":
            touched = stack.preview(refresh=True).change_summary
        case "up":
            touched = stack.up().summary.resource_changes
        case _:
            touched = stack.destroy().summary.resource_changes
    print(json.dumps(touched))


def _program() -> None:
    runpy.run_path("__main__.py", run_name="__main__")


if __name__ == "__main__":
    main()
