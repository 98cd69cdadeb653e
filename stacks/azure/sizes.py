"""Sizes of machines, nodes and databases, and steps of disks, that Azure has."""

from __future__ import annotations

from collections.abc import Iterator

from stacks.contract.sizes import Size, smallest

STEPS = (2, 4, 8, 16, 32)
"""vCPUs of the sizes in a family."""

SMALL = {
    "amd64": (Size("Standard_B2ls_v2", 2, 4),),
    "arm64": (Size("Standard_B2pls_v2", 2, 4),),
}
"""Burstable sizes, only where little memory is asked for."""

FAMILIES = {
    "amd64": (("Standard_F{}s_v2", 2), ("Standard_D{}s_v5", 4), ("Standard_E{}s_v5", 8)),
    "arm64": (("Standard_D{}pls_v5", 2), ("Standard_D{}ps_v5", 4), ("Standard_E{}ps_v5", 8)),
}
"""Families of an architecture and their GiB a vCPU."""

DATABASE_TIERS = {"Standard_B": "Burstable", "Standard_D": "GeneralPurpose", "Standard_E": "MemoryOptimized"}
DATABASE_FAMILIES = (("Standard_D{}ds_v5", 4), ("Standard_E{}ds_v5", 8))
DATABASE_SMALL = (Size("Standard_B2s", 2, 4),)

DATABASE_DISKS = (32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
"""GiB that a database's disk may have."""


def machine_size(vcpus: int, memory_gib: int, arch: str = "amd64") -> str:
    """The smallest size of a virtual machine with at least so much. Raises ValueError."""
    return smallest((*SMALL[arch], *_of(FAMILIES[arch])), vcpus, memory_gib)


def database_size(vcpus: int, memory_gib: int) -> tuple[str, str]:
    """Name and tier of the smallest size of a flexible server with at least so much. Raises ValueError."""
    name = smallest((*DATABASE_SMALL, *_of(DATABASE_FAMILIES)), vcpus, memory_gib)
    return name, DATABASE_TIERS[name[: len("Standard_X")]]


def database_disk(disk_gib: int) -> int:
    """The smallest disk of a flexible server with at least so many GiB. Raises ValueError."""
    fitting = [step for step in DATABASE_DISKS if step >= disk_gib]
    if not fitting:
        raise ValueError(f"no database has a disk of {disk_gib} GiB")
    return fitting[0]


def _of(families: tuple[tuple[str, int], ...]) -> Iterator[Size]:
    for family, memory in families:
        for vcpus in STEPS:
            yield Size(family.format(vcpus), vcpus, vcpus * memory)
