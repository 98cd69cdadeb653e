"""What the user wrote, validated and environment-neutral.

Durations are whole milliseconds, rates bits per second, sizes bytes. Numbers that a person wrote
are kept as ``Decimal`` so that ``0.1`` stays ``0.1`` until a target needs a float.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

Scalar = str | int | float | bool | None
Json = Scalar | list["Json"] | dict[str, "Json"]

EMPTY: Mapping[str, Json] = MappingProxyType({})


class ValueType(StrEnum):
    """What a stored value is, after scaling and enumeration."""

    BOOLEAN = "boolean"
    INTEGER = "integer"  # fits a signed 64-bit integer
    DECIMAL = "decimal"  # exact beyond that: unsigned 64-bit counters, scaled 64-bit integers
    FLOAT = "float"
    TEXT = "text"


class Read:
    """How one point is read. Each protocol of the catalog has its own frozen dataclass derived from this."""

    __slots__ = ()

    @property
    def on_change(self) -> bool:
        """Whether a value comes only when it changes, so that silence alone proves nothing."""
        return False


class DeviceSettings:
    """What a protocol wants to know of one device (unit id, security ...); one frozen dataclass a
    protocol.
    """

    __slots__ = ()


class TypeSettings:
    """What a protocol wants to know of a device type (may gaps be read over ...); one dataclass a
    protocol.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class PointType:
    """One value of a device type.

    ``unit`` is a UCUM code (``"1"`` where there is none), ``every_ms`` the interval of reading or of
    expected publishing, ``range`` inclusive bounds in ``unit`` after scaling, ``no_value`` raw values
    (before scaling; ``nan`` as float) that mean "no value", ``enum`` raw integer to name.
    """

    name: str
    read: Read
    type: ValueType
    unit: str = "1"
    every_ms: int = 1000
    range: tuple[Decimal, Decimal] | None = None
    no_value: tuple[Decimal | str | float, ...] = ()
    enum: tuple[tuple[int, str], ...] = ()
    store: bool = True
    description: str = ""


@dataclass(frozen=True, slots=True)
class DeviceType:
    """A kind of machine: its protocol and its points."""

    name: str
    protocol: str
    points: tuple[PointType, ...]
    settings: TypeSettings | None = None
    description: str = ""


class Device(NamedTuple):
    """A machine at a site. A named tuple, because fleets hold hundreds of thousands of them.

    ``endpoint`` is as written (``10.0.0.1:502``, ``opc.tcp://…``, ``serial:///dev/ttyUSB0``, or None where
    the device publishes to the compiled broker); ``settings`` the protocol's own dataclass or None for its
    defaults.
    """

    site: str
    name: str
    type: str
    gateway: str
    endpoint: str | None
    settings: DeviceSettings | None


@dataclass(frozen=True, slots=True)
class Gateway:
    """An edge host of a site."""

    site: str
    name: str
    arch: str = "amd64"
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A place with gateways and devices. ``uplink_bps`` is None where nothing was said; ``egress`` the
    networks (CIDR) from which its connections come where the hub sees them.
    """

    name: str
    timezone: str
    uplink_bps: int | None
    gateways: tuple[Gateway, ...]
    devices: tuple[Device, ...]
    egress: tuple[str, ...] = ()


class Step:
    """One step of a pipeline."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of one point of the same device: ``op`` is one of = != > >= < <=."""

    point: str
    op: str
    value: Decimal | str | bool


@dataclass(frozen=True, slots=True)
class Filter(Step):
    """Values pass while all conditions hold; a condition on another point uses that point's last value."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Scale(Step):
    """``value * factor + offset`` for each named point: (point, factor, offset)."""

    points: tuple[tuple[str, Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Convert(Step):
    """Unit conversion: (point, target UCUM unit, factor, offset) with ``target = value * factor +
    offset``.
    """

    points: tuple[tuple[str, str, Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Deadband(Step):
    """A value passes when it differs from the last passed one by at least the band, or after the silence.

    ``points`` holds (point, band in the unit the point has at this step, the text as written).
    """

    points: tuple[tuple[str, Decimal, str], ...]
    at_least_every_ms: int


@dataclass(frozen=True, slots=True)
class Window(Step):
    """Tumbling window aligned to the epoch; aggregates from mean, min, max, last, count, sum."""

    every_ms: int
    aggregates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What is done to the values of some device types, beside storing them raw.

    ``points`` limits to these point names (empty: all numeric points of the types).
    """

    name: str
    device_types: tuple[str, ...]
    points: tuple[str, ...]
    steps: tuple[Step, ...]
    sinks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine chosen from the catalog for a role of the platform, with the entry's own options, defaults
    filled.
    """

    role: str
    engine: str
    options: Mapping[str, Json] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class Moved:
    """A renamed thing: history goes along."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class AccessRole:
    """What people and programs of a role may read: pipelines by name, and ``raw`` for the values as they were
    measured; of these sites only, None meaning all.
    """

    name: str
    read: tuple[str, ...]
    sites: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Simulation:
    """Which devices of an environment are simulated: all, or the listed device addresses."""

    all: bool = False
    devices: frozenset[str] = frozenset()

    def covers(self, address: str) -> bool:
        """Whether the device with this address is simulated."""
        return self.all or address in self.devices


@dataclass(frozen=True, slots=True)
class Overlay:
    """What an environment has instead of the blueprint's own: whole entries, merged and validated.

    ``platform`` None: the blueprint's own choices.
    """

    platform: Mapping[str, Choice] | None = None
    sites: Mapping[str, Site] = field(default_factory=lambda: MappingProxyType(dict[str, Site]()))
    pipelines: Mapping[str, Pipeline] = field(default_factory=lambda: MappingProxyType(dict[str, Pipeline]()))


@dataclass(frozen=True, slots=True)
class HostPlace:
    """A machine of an environment: the host ``hub-1``, or the gateway ``plant-a/gw-1``.

    ``address`` is what other hosts and OpenSSH dial; ``serves`` the roles of the platform that a hub's host
    carries. What is empty (user, port, key, jump) is left to the person's own ssh_config. ``become``: how
    the user becomes root (``sudo`` or ``none``), with the vault's secret ``become_secret`` as its password.

    ``stack`` is the unit that makes the machine, empty where it is there already; its address is then not
    known before that unit ran. ``known_hosts`` is a file in which OpenSSH finds its key under ``machine``;
    empty: the person's own.
    """

    name: str
    address: str
    serves: tuple[str, ...] = ()
    user: str = ""
    port: int = 0
    key: str = ""
    jump: str = ""
    become: str = "sudo"
    become_secret: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict[str, str]()))
    stack: str = ""
    known_hosts: str = ""

    @property
    def machine(self) -> str:
        """How the machine is called where a name may hold no ``/``: in its stack, and in ``known_hosts``."""
        return self.name.replace("/", ".")


@dataclass(frozen=True, slots=True)
class Wave:
    """How much of the fleet a wave reaches: so many hosts, or a share of all gateways; of those with these
    labels only.
    """

    hosts: int = 0
    percent: Decimal = Decimal(0)
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict[str, str]()))

    def reaches(self, of: int) -> int:
        """How many of so many gateways have a change after this wave; of a share at least one."""
        if self.hosts:
            return min(self.hosts, of)
        return int((self.percent * of / 100).to_integral_value(ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Rollout:
    """How a change reaches the gateways. ``waves`` are cumulative; ``max_fail_percent`` of a wave's hosts may
    fail before the rollout stops; ``soak_ms`` passes between waves; ``health`` is ``services`` or
    ``verify``, and tells what must be well before the next one.
    """

    waves: tuple[Wave, ...] = (Wave(percent=Decimal(100)),)
    max_fail_percent: Decimal = Decimal(0)
    soak_ms: int = 0
    health: str = "services"


@dataclass(frozen=True)
class Environment:
    """The selection that makes a blueprint laptop, pilot, staging or production. ``sites`` None means all;
    without ``hosts`` everything runs on this machine.
    """

    name: str
    sites: tuple[str, ...] | None = None
    remove: tuple[str, ...] = ()
    state: str | None = None
    simulate: Simulation = Simulation()
    overlay: Overlay = Overlay()
    hosts: Mapping[str, HostPlace] = field(default_factory=lambda: MappingProxyType(dict[str, HostPlace]()))
    rollout: Rollout = Rollout()

    @property
    def local(self) -> bool:
        """Whether everything of it runs on this machine."""
        return not self.hosts

    @cached_property
    def central(self) -> tuple[HostPlace, ...]:
        """The hosts that serve the whole environment, in the order in which they are declared. They are asked
        for at each of the gateways, so they are looked for once.
        """
        return tuple(place for place in self.hosts.values() if place.serves)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """The whole, before an environment is chosen."""

    name: str
    owner: str
    device_types: Mapping[str, DeviceType]
    sites: Mapping[str, Site]
    pipelines: Mapping[str, Pipeline]
    platform: Mapping[str, Choice]
    moved: tuple[Moved, ...]
    environments: Mapping[str, Environment]
    access: Mapping[str, AccessRole] = field(
        default_factory=lambda: MappingProxyType(dict[str, AccessRole]())
    )
