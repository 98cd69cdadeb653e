"""The engine's backend for hosts: binds each host into its manifest, probes it in place, or runs the play."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from aiotctl.backends.all_surroundings import AllSurroundings
from aiotctl.backends.connection import connection_variables
from aiotctl.backends.hosts import (
    HostChange,
    HostDone,
    HostEvent,
    HostFailed,
    HostObservation,
    HostProgress,
    HostRun,
    HostStarted,
    HostUnreachable,
)
from aiotctl.backends.local_probe import LocalProbe
from aiotctl.backends.manifest import Owner, accounts, manifest
from aiotctl.diagnostics import Diagnostic
from aiotctl.engine.protocols import BoundUnit
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.events import Event, UnitDone, UnitFailed, UnitProgress
from aiotctl.model.plan import Drift
from aiotctl.model.primitives import Host

OK = "ok"
RECORD = "record"
_STATES = {"create": "is not there", "update": "is not as it was put there", "delete": "is no longer wanted"}
"""What an action means where nothing is to be done but to look."""


class HostBackend:
    """Hosts that are folders on this machine, or machines of their own."""

    def __init__(self, owner: Owner, surroundings: AllSurroundings) -> None:
        self._owner = owner
        self._surroundings = surroundings

    def observe(self, batch: Sequence[BoundUnit]) -> Mapping[str, tuple[Drift, ...]]:
        """Every file, process and port of each host against its manifest, without starting Ansible."""
        seen = self._looked([unit for unit in batch if _place(unit) is None])
        seen += self._asked({unit.address: unit for unit in batch if _place(unit) is not None})
        return {
            one.address: (Drift("host", one.error),)
            if one.error
            else tuple(map(_drift, _drifted(one.changes)))
            for one in seen
        }

    def runs(self, batch: Sequence[BoundUnit]) -> list[HostRun]:
        """What the play gets for each host. It holds secrets."""
        return [self._run(unit) for unit in batch]

    def _looked(self, batch: Sequence[BoundUnit]) -> list[HostObservation]:
        return LocalProbe().observe([self._run(unit) for unit in batch]) if batch else []

    def _asked(self, batch: Mapping[str, BoundUnit]) -> list[HostObservation]:
        if not batch:
            return []
        from aiotctl.backends.remote_probe import RemoteProbe

        places = {address: place for address, unit in batch.items() if (place := _place(unit))}
        passwords = {a: batch[a].secrets.get(place.become_secret, "") for a, place in places.items()}
        return RemoteProbe(places, passwords).observe([self._run(unit) for unit in batch.values()])

    def run(self, batch: Sequence[BoundUnit], cancelled: Callable[[], bool]) -> Iterator[Event]:
        """Runs the play over the batch and tells what it did."""
        from aiotctl.backends.ansible import AnsibleBackend

        began = {unit.address: time.monotonic() for unit in batch}
        ended: set[str] = set()
        for event in AnsibleBackend().run([self._run(unit) for unit in batch], cancelled):
            told = _told(event, began)
            if isinstance(told, UnitDone | UnitFailed):
                ended.add(told.address)
            if told is not None:
                yield told
        for unit in batch:
            if unit.address not in ended:
                yield UnitFailed(unit.address, _unknown())

    def _run(self, unit: BoundUnit) -> HostRun:
        host = unit.rendered
        assert isinstance(host, Host)
        if unit.remove:
            host = Host(host.address, host.place, (), (), (), (), host.runtime)
        bound = BoundUnit(unit.address, host, unit.outputs, unit.secrets)
        root, deliveries = self._surroundings.root(host), self._surroundings.deliveries(host)
        return HostRun(
            unit.address,
            connection_variables(host, unit.secrets),
            manifest(bound, self._owner, root, deliveries),
            "destroy" if unit.remove else "apply",
            unit.purge_data,
            packages={package.name: package.version for package in host.packages},
            accounts=tuple(accounts(host)),
            deliveries=self._surroundings.brought(host),
        )


def _place(unit: BoundUnit) -> HostPlace | None:
    assert isinstance(unit.rendered, Host)
    return unit.rendered.place


def _told(event: HostEvent, began: Mapping[str, float]) -> Event | None:
    match event:
        case HostStarted():
            return None
        case HostProgress():
            return UnitProgress(event.address, event.what, "")
        case HostDone():
            items = tuple((f"{c.kind} {c.name}", c.action) for c in _differing(event.changes))
            return UnitDone(event.address, items, time.monotonic() - began[event.address])
        case HostFailed():
            diagnostic = Diagnostic(
                "host-failed",
                "A host could not be made as wanted",
                f"{event.reason} {event.detail}".strip(),
                event.hint or "Mend the cause and apply again: what is done is kept.",
                address=event.address,
            )
            return UnitFailed(event.address, diagnostic, tuple(event.log_tail.splitlines()))
        case HostUnreachable():
            diagnostic = Diagnostic(
                "host-unreachable",
                "A host could not be reached",
                event.detail,
                "See that it runs and can be reached, then apply again.",
                address=event.address,
            )
            return UnitFailed(event.address, diagnostic, unreachable=True)


def _unknown() -> Diagnostic:
    return Diagnostic(
        "host-unknown",
        "Nothing is known of how a host ended",
        "The play was stopped before it told.",
        "Apply again: the host is asked what it does not tell.",
    )


def _differing(changes: Sequence[HostChange]) -> list[HostChange]:
    return [change for change in changes if change.action != OK]


def _drifted(changes: Sequence[HostChange]) -> list[HostChange]:
    """What differs on a host. Its own list of what is there is rewritten after any change, so the list counts
    only where nothing else does.
    """
    found = _differing(changes)
    return [change for change in found if change.kind != RECORD] or found


def _drift(change: HostChange) -> Drift:
    why = "; ".join(change.drift or change.reasons) or _STATES.get(change.action, change.action)
    return Drift(f"{change.kind} {change.name}", why)
