"""Stacks among the files of a build, and what their outputs most probably become."""

from __future__ import annotations

from collections.abc import Iterator

from aiotctl.backends.stack_folder import stack_folder
from aiotctl.model.primitives import Ref, Stack
from aiotctl.shipped import shipped

PROBABLE = {
    "database/host": "database",
    "database/port": "5432",
    "database/ca": "(known after apply)\n",
    "bucket/name": "lake",
    "bucket/endpoint": "http://bucket",
    "bucket/region": "region",
}


def stack_files(stack: Stack) -> Iterator[tuple[str, bytes, int]]:
    """The files of a stack's project by path, each with its mode. Public keys of machines are left out: they
    are born with the first apply.
    """
    for file in stack_folder(stack.address, stack.arguments, shipped("stacks"), stack.secrets_provider):
        yield f"{stack.address}/{file.path}", file.content, file.mode


def probable_output(ref: Ref) -> str:
    """What stands for an output of a stack in files that are looked at before it is known."""
    kind, _, rest = ref.attribute.partition("/")
    return rest.partition("/")[0] if kind == "machine" else PROBABLE[ref.attribute]
