"""What the engine asks of stores and backends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from aiotctl.diagnostics import Diagnostic
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.events import Event
from aiotctl.model.plan import Drift, ResourceChange
from aiotctl.model.primitives import Host, Rendered
from aiotctl.model.record import JournalEntry, LockHolder, Record


class Store(Protocol):
    """Keeps record, objects, journal and lock of one environment."""

    def load(self) -> Record | None:
        """The record, or None before the first apply. Raises AiotctlError when it is torn or of a newer
        version.
        """
        ...

    def save(self, record: Record) -> None:
        """Writes the record atomically and keeps backups of earlier ones.

        Its serial must be above that of the record that is there, and the lock this store's own or nobody's.
        """
        ...

    def put(self, content: bytes) -> str:
        """Stores an object and returns its digest; storing the same bytes again costs nothing."""
        ...

    def get(self, digest: str) -> bytes:
        """An object's bytes, checked against the digest."""
        ...

    def journal(self) -> tuple[JournalEntry, ...]:
        """What an apply that did not end wrote; empty after one that did."""
        ...

    def append(self, *entries: JournalEntry) -> None:
        """Writes entries durably (fsync), all at once."""
        ...

    def clear_journal(self) -> None:
        """Forgets the journal: the record holds all that was in it."""
        ...

    def lock(self, operation: str, timeout: float) -> AbstractContextManager[str]:
        """Holds the environment's lock; raises AiotctlError (exit code LOCKED) that names the holder."""
        ...

    def holder(self) -> LockHolder | None:
        """Who holds the lock; None where nobody does."""
        ...

    def unlock(self, lock_id: str) -> None:
        """Breaks the lock with this id."""
        ...

    def remove(self) -> None:
        """Forgets the environment: record, objects, journal, vault."""
        ...


class Vault(Protocol):
    """Gives secrets their values; one that is asked for the first time is born here."""

    def values(self, names: Sequence[str]) -> Mapping[str, str]:
        """The values of these secrets, durable before they are returned.

        Raises AiotctlError for those that a person must give (names without ``/``) and has not given.
        """
        ...

    def put(self, name: str, value: str) -> None:
        """Keeps a secret that a person gives."""
        ...

    def kept(self, prefix: str) -> Mapping[str, str]:
        """The values whose names begin so, by name; nothing is born."""
        ...

    def change(self, work: Callable[[Mapping[str, str]], Mapping[str, str | None]]) -> None:
        """Changes values as one step, while no other program writes: ``work`` gets what is there and gives
        what is to be written, None for what is to be forgotten.
        """
        ...

    def fingerprints(self, names: Collection[str]) -> Mapping[str, str]:
        """A keyed hash of each secret's value, fit for the record; empty for one that has no value."""
        ...

    def rewrap(self) -> bool:
        """Writes it for those who may open it now; False where there is nothing to write."""
        ...


@dataclass(frozen=True, slots=True)
class BoundUnit:
    """A unit as a backend gets it: rendered, with the values of all its references.

    ``remove``: it is to go; ``purge_data``: and its data with it. ``state`` is what the record says of it
    (``applied``, ``unknown``), empty where it knows nothing; ``refresh``: the world is looked at first.
    """

    address: str
    rendered: Rendered
    outputs: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    remove: bool = False
    purge_data: bool = False
    state: str = ""
    refresh: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen to a unit whose backend can tell only by asking: ``resources`` that change, and the
    ``outputs`` it would give, None where the value is known only then. ``drift``: what a look at the world
    found, ``unfinished`` what an interrupted apply left; ``version`` is that of the unit's own state.
    """

    resources: tuple[ResourceChange, ...] = ()
    outputs: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    drift: tuple[Drift, ...] = ()
    unfinished: tuple[str, ...] = ()
    version: str = ""


class Previewing(Protocol):
    """Asks the backends of units what would happen to them. Raises AiotctlError where one cannot tell."""

    def __call__(self, units: Sequence[str], gone: Sequence[str]) -> Mapping[str, Preview]:
        """The previews of units that are wanted, and of those that are to go, by address."""
        ...


class Backend(Protocol):
    """Runs units of one kind, in batches. Units arrive with all references bound."""

    def observe(self, batch: Sequence[BoundUnit]) -> Mapping[str, tuple[Drift, ...]]:
        """How the world differs from each unit; an empty tuple where it does not."""
        ...

    def run(self, batch: Sequence[BoundUnit], cancelled: Callable[[], bool]) -> Iterator[Event]:
        """Makes each unit so (or removes it), telling events; ends each with UnitDone or UnitFailed."""
        ...


class Health(Protocol):
    """Asks how hosts fare, between the waves of a rollout."""

    def unwell(self, addresses: Sequence[str]) -> Mapping[str, str]:
        """Those of these gateways that are not well, each with the reason. Raises nothing for a host that
        cannot be asked: that is a reason.
        """
        ...


class Surroundings(Protocol):
    """What a host's units find in place: programs, folders, ports."""

    def prepare(self, hosts: Sequence[Host], tell: Callable[[Event], None]) -> None:
        """Obtains the programs these hosts need, telling progress. Raises AiotctlError where one cannot be
        had.
        """
        ...

    def ports(self, hosts: Sequence[Host], known: Mapping[str, str]) -> Mapping[str, str]:
        """Outputs for every port of these hosts' services: the known ones kept, new ones chosen among the
        free.
        """
        ...

    def places(self, host: Host) -> Mapping[str, str]:
        """Where the host's root and programs are; worked out anew each time and not recorded."""
        ...

    def login(self, place: HostPlace) -> HostPlace:
        """The place of a machine that a stack made, with what logging in there takes."""
        ...

    def unready(self, hosts: Sequence[Host]) -> Mapping[str, Diagnostic]:
        """Machines that a stack has just made and that cannot take what is planned, by their host's address,
        each with the reason. One that still starts is waited for.
        """
        ...
