"""A simulated device: its points with their signals, its counters, and the faults it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiotctl.model.blueprint import DeviceType, PointType
from aiotctl.simulators.faults import SLOW_MS, Fault
from aiotctl.simulators.plant import PlantDevice
from aiotctl.simulators.signals import Raw, Signal


@dataclass(frozen=True, slots=True)
class SimulatedPoint:
    """A point with all it can say.

    ``signal`` gives its raw values, ``beyond`` is one outside its range, ``absent`` one that means "no
    value", ``nan`` not a number, ``strange`` one of another type (each None where the point cannot say so);
    ``wrap`` is the highest count of a counter before it starts again at 0, and 0 where the point cannot
    count.
    """

    point: PointType
    signal: Signal
    beyond: Raw | None = None
    absent: Raw | None = None
    nan: Raw | None = None
    strange: Raw | None = None
    wrap: int = 0

    @property
    def name(self) -> str:
        """The point's name."""
        return self.point.name


COUNTERS = frozenset({"counter", "sequence"})
"""Numeric points of these names are counters from the start; others become one on demand."""


class SimulatedDevice:
    """What a protocol server asks for values. It is used from one event loop alone."""

    def __init__(self, device: PlantDevice, kind: DeviceType, points: Mapping[str, SimulatedPoint]) -> None:
        self.device = device
        self.kind = kind
        self.address = device.address
        self.points = points
        self.counters = {name: 0 for name, point in self.points.items() if name in COUNTERS and point.wrap}
        self.faults: dict[str, Fault] = {}
        self._frozen_at = 0.0

    def set_faults(self, faults: tuple[Fault, ...], now: float) -> None:
        """Show these faults and no others from now on; ``now`` is seconds since the epoch."""
        self.faults = {fault.name: fault for fault in faults}
        self._frozen_at = now

    @property
    def offline(self) -> bool:
        """Whether it does not answer at all."""
        return "offline" in self.faults

    @property
    def delay_s(self) -> float:
        """How late it answers because of a fault, in seconds."""
        slow = self.faults.get("slow")
        return int(slow.argument or SLOW_MS) / 1000 if slow else 0.0

    @property
    def failing(self) -> str:
        """The point that cannot be read because of a fault; empty where all can."""
        fault = self.faults.get("exceptions")
        return (fault.argument or next(iter(self.points))) if fault else ""

    def raw(self, name: str, now: float) -> Raw:
        """A point's raw value at a time, as its faults have it; a counter's is the one last given away."""
        simulated = self.points[name]
        if name in self.counters:
            return self.counters[name]
        if self.faults:
            said = self._said_by_fault(simulated)
            if said is not None:
                return said
            if "frozen" in self.faults:
                now = self._frozen_at
        return simulated.signal(now)

    def _said_by_fault(self, point: SimulatedPoint) -> Raw | None:
        if "no_value" in self.faults:
            return point.absent
        if "nan" in self.faults:
            return point.nan
        if "wrong_type" in self.faults:
            return point.strange
        return point.beyond if "out_of_range" in self.faults else None

    def count(self, name: str) -> int | None:
        """The next value of a counter, each time it is given away; None where the point is no counter."""
        if name not in self.counters:
            return None
        if "frozen" not in self.faults:
            self.counters[name] = (self.counters[name] + 1) % (self.points[name].wrap + 1)
        return self.counters[name]

    def start_counter(self, name: str) -> None:
        """Make a numeric point a counter that begins at 0."""
        self.counters[name] = 0
