"""What an environment remembers of its last applies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RECORD_VERSION = 1


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """One unit as last applied.

    ``digest``, ``shared`` and ``own`` as in ``bundle.Unit``; ``shared`` maps part address to the digest it
    had;
    ``applied`` is the digest of the stored object with the rendered unit (unbound, so without secrets),
    ``routes`` that of its series and routes (empty where it has none). ``bound`` maps each reference of the
    rendered
    unit (``address#attribute``) to a hash of the value it was bound to, ``secrets`` each secret it was given
    to a
    keyed hash of its value. ``state`` is ``applied`` or ``unknown`` (an apply was interrupted). ``needs`` are
    the units that it depends on: it is removed before them. Times are seconds since the epoch.
    """

    digest: str
    kind: str
    shared: Mapping[str, str]
    own: str
    applied: str
    routes: str
    bound: Mapping[str, str]
    state: str
    applied_at: float
    site: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """The record of one environment. ``serial`` rises with each write; ``lineage`` is made once and never
    changes.

    ``outputs`` are late-bound values that are no secrets (``host/hub/service/nats#mqtt.port`` ->
    ``18830``), ``parts``
    maps the address of each shared part in use to its digest; the parts' facts are stored objects under
    that digest.
    """

    lineage: str
    serial: int
    blueprint: str
    environment: str
    aiotctl: str
    units: Mapping[str, UnitRecord] = field(default_factory=dict[str, UnitRecord])
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    checked_at: float = 0.0
    version: int = RECORD_VERSION


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds the lock of an environment."""

    id: str
    operation: str
    who: str
    version: str
    created: float
    path: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the journal: a phase of the apply (``begin``, ``unit-start``, ``unit-done``, ``unit-
    failed``, ``end``).
    """

    phase: str
    unit: str = ""
    at: float = 0.0
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
