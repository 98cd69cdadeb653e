"""Instance types and database classes that machines, nodes and databases are chosen from."""

from __future__ import annotations

from collections.abc import Iterator

from stacks.contract.sizes import Size, smallest

STEPS = (("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16), ("8xlarge", 32))
"""The steps of a family and their vCPUs."""

SMALL = {
    "amd64": (Size("t3.small", 2, 2), Size("t3.medium", 2, 4)),
    "arm64": (Size("t4g.small", 2, 2), Size("t4g.medium", 2, 4)),
}
"""Burstable types, only where little memory is asked for."""

FAMILIES = {
    "amd64": (("c7i", 2), ("m7i", 4), ("r7i", 8)),
    "arm64": (("c7g", 2), ("m7g", 4), ("r7g", 8)),
}
"""Families of an architecture and their GiB a vCPU."""

DATABASE_SMALL = (Size("db.t4g.small", 2, 2), Size("db.t4g.medium", 2, 4))
DATABASE_FAMILIES = (("db.m6g", 4), ("db.r6g", 8))


def instance_type(vcpus: int, memory_gib: int, arch: str = "amd64") -> str:
    """The smallest EC2 instance type with at least so much. Raises ValueError."""
    return smallest((*SMALL[arch], *_of(FAMILIES[arch])), vcpus, memory_gib)


def database_class(vcpus: int, memory_gib: int) -> str:
    """The smallest RDS instance class with at least so much. Raises ValueError."""
    return smallest((*DATABASE_SMALL, *_of(DATABASE_FAMILIES)), vcpus, memory_gib)


def _of(families: tuple[tuple[str, int], ...]) -> Iterator[Size]:
    for family, memory in families:
        for step, vcpus in STEPS:
            yield Size(f"{family}.{step}", vcpus, vcpus * memory)
