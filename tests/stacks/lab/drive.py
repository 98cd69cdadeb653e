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

import pulumi
from pulumi import automation as auto


def main() -> None:
    """Reads the request, does it, prints the answer."""
    request = json.load(sys.stdin)
    folder = Path(request["folder"])
    os.chdir(folder)
    sys.path.insert(0, str(folder))

    def program() -> None:
        pulumi.runtime.register_stack_transformation(lambda args: adopt(args, request["imports"]))
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
    secrets = {name: auto.ConfigValue(value, secret=True) for name, value in request["secrets"].items()}
    stack.set_all_config(secrets)
    json.dump(
        forget(stack, request["forget"]) if request["forget"] else do(stack, request["what"]), sys.stdout
    )


def adopt(args: pulumi.ResourceTransformationArgs, ids: dict[str, str]) -> Any:
    """Resources of these names are imported."""
    if args.name in ids and args.type_.startswith("lab:index:"):
        # The options are shared by all of a stack's resources.
        own = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(import_=ids[args.name]))
        return pulumi.ResourceTransformationResult(args.props, own)
    return None


def do(stack: auto.Stack, what: str) -> dict[str, Any]:
    """Changes by resource, or the engine's complaint; outputs with their secrecy."""
    changes: dict[str, str] = {}

    def note(event: Any) -> None:
        if pre := event.resource_pre_event:
            changes[pre.metadata.urn.rpartition("::")[2]] = pre.metadata.op

    try:
        if what == "cancel":
            stack.cancel()
        else:
            getattr(stack, what)(on_event=note)
    except auto.CommandError as error:
        return {"error": str(error), "changes": changes, "outputs": {}}
    outputs = {name: one.value for name, one in stack.outputs().items()}
    return {"error": "", "changes": changes, "outputs": outputs}


def forget(stack: auto.Stack, name: str) -> dict[str, Any]:
    """Takes a resource out of the state, and leaves it where it is."""
    held = stack.export_stack()
    resources = held.deployment["resources"]
    held.deployment["resources"] = [one for one in resources if one["urn"].rpartition("::")[2] != name]
    stack.import_stack(held)
    return {"error": "", "changes": {}, "outputs": {}}


main()
