"""What verify found out: of each series whether it flows, and where between device and database it stops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aiotctl.model.access import CertificateState


class Flow(StrEnum):
    """How a series fares."""

    FLOWING = "flowing"  # fresh, of good quality, in range
    QUIET = "quiet"  # no value yet, and none is expected at any certain time (behind a filter)
    STALE = "stale"  # older than its longest expected silence, by no more than that once again
    SILENT = "silent"  # older than that
    NEVER = "never"  # not one value
    BAD_QUALITY = "bad quality"  # fresh, and marked as bad
    OUT_OF_RANGE = "out of range"  # fresh, and outside the range of its point
    CLOCK_AHEAD = "clock ahead"  # only values from the future
    UNKNOWN = "unknown"  # the database could not be asked


class Hop(StrEnum):
    """A part of the way from device to database."""

    DEVICE = "device"
    POINT = "point"  # the device answers, this one value of it does not come
    COLLECTOR = "collector"
    FORWARDER = "forwarder"
    BROKER = "broker"
    WRITER = "writer"
    DATABASE = "database"


class Cause(StrEnum):
    """What was seen at the place where a series stops."""

    UNREACHABLE = "unreachable"  # it does not answer
    NOT_CONNECTED = "not connected"  # it is not connected to the broker
    LOGGED_ERROR = "logged error"  # its log holds a recent error; the evidence is its text
    BACKLOG = "backlog"  # messages wait that it has not taken yet
    NOTHING_COMES = "nothing comes"  # everything on the way is alive and no value enters it


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a series stops, as far as could be seen. ``address`` is the part's own, ``evidence`` a log's or
    an error's words.
    """

    hop: Hop
    address: str
    cause: Cause
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest value of a series: its time, its age in seconds by the database's clock, value as text,
    quality.
    """

    time: datetime
    age_s: float
    text: str | None
    quality: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One series. ``newest`` is None where there is none, ``stop`` where nothing stops it."""

    series: int
    address: str
    flow: Flow
    newest: Newest | None = None
    stop: Stop | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.flow in (Flow.FLOWING, Flow.QUIET)


@dataclass(frozen=True, slots=True)
class Job:
    """A background job of the database: when it last ran, and what went wrong then (empty: nothing)."""

    name: str
    age_s: float
    failure: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a gateway (``SITE/NAME``) had to drop, the oldest first, because its buffer of ``limit`` bytes was
    full: so many values since its installation, the newest of it heard of ``age_s`` seconds ago.
    """

    gateway: str
    values: int
    messages: int
    age_s: float
    limit: int


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """All series that were asked about, in their order. ``database`` and ``broker`` hold what failed when
    they were asked, empty where they answered; ``backlog`` counts messages the writer has not taken;
    ``strays`` values that came under ids no series has; ``endings`` are certificates that end soon;
    ``dropped`` what gateways lost to full buffers lately.
    """

    verdicts: tuple[Verdict, ...]
    database: str = ""
    broker: str = ""
    backlog: int = 0
    strays: int = 0
    jobs: tuple[Job, ...] = ()
    endings: tuple[CertificateState, ...] = ()
    dropped: tuple[Dropped, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every series is as it should be."""
        return all(verdict.ok for verdict in self.verdicts)
