"""What runs where, as applied."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aiotctl.model.access import CertificateState
from aiotctl.model.verification import Dropped


class Health(StrEnum):
    """How a service or schema fares."""

    RUNNING = "running"  # as applied: files, process and ports
    DRIFTED = "drifted"  # it differs from what was applied
    DOWN = "down"  # its process is not running, or its port does not answer
    UNKNOWN = "unknown"  # its host could not be looked at, or its last apply did not end


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service: ``version`` of its program (empty where it has none), ``ports`` as ``name
    127.0.0.1:1883``.
    """

    address: str
    program: str
    version: str
    health: Health
    ports: tuple[str, ...]
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitStatus:
    """One unit as applied: ``applied_at`` in seconds since the epoch, ``drift`` what concerns no single
    service.
    """

    address: str
    kind: str
    applied_at: float
    health: Health
    services: tuple[ServiceStatus, ...]
    drift: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """One device: how many series it has, and the age of its newest value in seconds (None: it has none)."""

    address: str
    series: int
    age_s: float | None


@dataclass(frozen=True, slots=True)
class Status:
    """The whole of an environment. ``database`` says what failed when ages were asked for, empty where they
    are known; ``endings`` are certificates that end soon; ``dropped`` what gateways lost to full buffers
    lately.
    """

    blueprint: str
    environment: str
    units: tuple[UnitStatus, ...]
    devices: tuple[DeviceStatus, ...]
    database: str = ""
    endings: tuple[CertificateState, ...] = ()
    dropped: tuple[Dropped, ...] = ()
