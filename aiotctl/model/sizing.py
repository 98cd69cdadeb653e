"""What an environment's cloud is asked to make, in quantities: how large, why, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("machine", "database", "bucket", "node")
"""What a cloud can make that has a size."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the environment's values ask for: the most that its devices send, as if nothing were filtered.
    ``lake_days`` is 0 where there is no lake.
    """

    values_per_second: float
    bytes_per_day: float
    retain_days: float
    lake_days: float


@dataclass(frozen=True, slots=True)
class Size:
    """What a thing gets. ``because``: each part of it (``broker``, ``timeseries``) with its formula."""

    vcpus: int
    memory_gib: int
    disk_gib: int
    because: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sized:
    """A thing that a cloud makes: ``kind`` is one of ``KINDS``, ``count`` how many of it there are."""

    name: str
    kind: str
    size: Size
    count: int = 1


@dataclass(frozen=True, slots=True)
class Price:
    """What a unit of each quantity costs a month."""

    vcpu: float = 0.0
    memory_gib: float = 0.0
    disk_gib: float = 0.0

    def of(self, size: Size) -> float:
        """What a thing of this size costs a month."""
        return self.vcpu * size.vcpus + self.memory_gib * size.memory_gib + self.disk_gib * size.disk_gib


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices a month by kind, as their owner wrote them. ``note`` is what the file says of itself."""

    currency: str
    by_kind: dict[str, Price]
    note: str = ""

    def of(self, sized: Sized) -> float:
        """What a thing costs a month, all of its kind."""
        return sized.count * self.by_kind.get(sized.kind, Price()).of(sized.size)


@dataclass(frozen=True, slots=True)
class Sizing:
    """The sizing of an environment: its load, and all that its cloud makes, empty where it has none."""

    environment: str
    cloud: str
    load: Load
    things: tuple[Sized, ...]
