"""The smallest of a cloud's sizes that holds what is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """A size by its name in the cloud; memory in GiB."""

    name: str
    vcpus: int
    memory_gib: int


def smallest(sizes: Iterable[Size], vcpus: int, memory_gib: int) -> str:
    """The name of the smallest size with at least so much: least memory first, then fewest processors.

    Raises ValueError where none is large enough.
    """
    fitting = [size for size in sizes if size.vcpus >= vcpus and size.memory_gib >= memory_gib]
    if not fitting:
        raise ValueError(f"no size has {vcpus} vCPU and {memory_gib} GiB of memory")
    return min(fitting, key=lambda size: (size.memory_gib, size.vcpus)).name
