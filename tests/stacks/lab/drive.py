"""One operation of the real engine on an emitted folder, in a process of its own: a request as JSON comes in,
what came of it goes out as JSON.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

from pulumi import automation as auto


def main() -> None:
    """Reads the request, does it, prints the answer."""
    request = json.load(sys.stdin)
    folder = Path(request["folder"])
    os.chdir(folder)
    sys.path.insert(0, str(folder))

    def program() -> None:
        runpy.run_path(str(folder / "__main__.py"), run_name="__main__")

    stack = auto.create_or_select_stack(
        request["stack"],
        project_name=request["project"],
        program=program,
        opts=auto.LocalWorkspaceOptions(
            work_dir=str(folder),
            pulumi_command=auto.PulumiCommand(root=request["engine"]),
            env_vars=request["environment"],
        ),
    )
    if request["secrets"]:
        secrets = {name: auto.ConfigValue(value, secret=True) for name, value in request["secrets"].items()}
        stack.set_all_config(secrets)
    json.dump(do(stack, request["what"], request["options"]), sys.stdout)


def do(stack: auto.Stack, what: str, options: dict[str, Any]) -> dict[str, Any]:
    """Changes by their kind, or the engine's complaint; outputs with their secrecy."""
    try:
        result = getattr(stack, what)(**options)
    except auto.CommandError as error:
        return {"error": str(error)}
    changes = result.change_summary if what == "preview" else result.summary.resource_changes
    outputs = {name: [one.value, one.secret] for name, one in stack.outputs().items()}
    return {"changes": dict(changes or {}), "outputs": outputs, "told": result.stdout}


main()
