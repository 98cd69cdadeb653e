"""A bare script of the Automation API, started in an emitted folder: STACK ENGINE. Prints how many resources
a preview would touch, by what it would do.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

from pulumi import automation as auto


def main() -> None:
    name, engine = sys.argv[1:]
    workspace = auto.LocalWorkspace(
        work_dir=str(Path.cwd()),
        program=lambda: runpy.run_path("__main__.py"),
        pulumi_command=auto.PulumiCommand(root=engine),
    )
    stack = auto.Stack.select(name, workspace)
    print(json.dumps(stack.preview().change_summary))


if __name__ == "__main__":
    main()
