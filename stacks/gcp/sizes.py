"""Machine types that machines and nodes are chosen from, and tiers of databases."""

from __future__ import annotations

from collections.abc import Iterator

from stacks.contract.sizes import Size, smallest

STEPS = (2, 4, 8, 16, 32)
"""vCPUs of the types in a family."""

SMALL = {
    "amd64": (Size("e2-small", 2, 2), Size("e2-medium", 2, 4)),
    "arm64": (Size("t2a-standard-1", 1, 4),),
}

FAMILIES = {
    "amd64": (("n2-highcpu", 1), ("n2-standard", 4), ("n2-highmem", 8)),
    "arm64": (("t2a-standard", 4),),
}
"""Families of an architecture and their GiB a vCPU."""

DATABASE_MOST_GIB = 6.5
"""Memory that a database may have for each vCPU."""

DATABASE_LEAST_MIB = 3840


def machine_type(vcpus: int, memory_gib: int, arch: str = "amd64") -> str:
    """The smallest machine type with at least so much. Raises ValueError."""
    return smallest((*SMALL[arch], *_of(FAMILIES[arch])), vcpus, memory_gib)


def database_tier(vcpus: int, memory_gib: int) -> str:
    """A tier made to measure: an even number of vCPUs, and no more memory than they may have."""
    enough = max(vcpus, 2)
    while enough % 2 or memory_gib > enough * DATABASE_MOST_GIB:
        enough += 1
    return f"db-custom-{enough}-{max(memory_gib * 1024, DATABASE_LEAST_MIB)}"


def _of(families: tuple[tuple[str, int], ...]) -> Iterator[Size]:
    for family, memory in families:
        for vcpus in STEPS:
            yield Size(f"{family}-{vcpus}", vcpus, vcpus * memory)
