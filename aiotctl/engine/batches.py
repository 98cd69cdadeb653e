"""Units carried out in batches: bound, journalled, handed to their backends."""

from __future__ import annotations

import time
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aiotctl.diagnostics import Diagnostic
from aiotctl.engine import applied, bind
from aiotctl.engine.ledger import APPLIED, Ledger
from aiotctl.engine.protocols import Backend, BoundUnit, Health, Store, Surroundings, Vault
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Event, UnitDone, UnitFailed, UnitSkipped, UnitStarted
from aiotctl.model.names import AWAY
from aiotctl.model.plan import Action, Change
from aiotctl.model.primitives import Host, Rendered
from aiotctl.model.record import UnitRecord

INTERRUPTED = "interrupted"
STACK = "stack"
BATCH = 500
"""Units that are rendered and handed to a backend at once: what a fleet needs in memory is bounded by it."""

EMPTY: Mapping[str, str] = {}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Means:
    """Everything with effects that an apply works through."""

    store: Store
    vault: Vault
    backends: Mapping[str, Backend]
    surroundings: Surroundings
    health: Health
    tell: Callable[[Event], None]
    cancelled: Callable[[], bool]


class Batches:
    """The units of one apply under way, and how they ended. ``stopped`` is why the units that have not begun
    are skipped, empty while nothing stands against them.
    """

    def __init__(self, bundle: Bundle, ledger: Ledger, means: Means, purge_data: bool) -> None:
        self.bundle = bundle
        self.ledger = ledger
        self.means = means
        self.purge_data = purge_data
        self.failed: dict[str, UnitFailed] = {}
        self.skipped: set[str] = set()
        self.done: set[str] = set()
        self.stopped = ""
        self._late: list[str] = []
        self._unready: dict[str, Diagnostic] = {}

    def prepare(self, wanted: Sequence[str]) -> None:
        """Obtains what all units need and chooses all ports, before the first effect. Of hosts whose machines
        a stack of this apply makes the rest is done when it has run.
        """
        stacks = {address for address in wanted if self.bundle.units[address].kind == STACK}
        for part in slices(wanted):
            hosts = [unit for unit in map(self.bundle.render, part) if isinstance(unit, Host)]
            late = {host.address for host in hosts if host.place and host.place.stack in stacks}
            self._late += late
            self._provide([host if host.address in late else self._placed(host) for host in hosts])

    def run(self, changes: Sequence[Change]) -> None:
        """Carries changes out that may be made together, so many at a time."""
        for part in slices(changes):
            ready = [change for change in part if not (self._blocked(change) or self._refused(change))]
            if ready:
                self._batch(ready)
        if self._late and any(change.kind == STACK for change in changes):
            self._arrive()

    def _provide(self, hosts: Sequence[Host]) -> None:
        self.means.surroundings.prepare(hosts, self.means.tell)
        self.ledger.outputs |= self.means.surroundings.ports(hosts, self.ledger.outputs)

    def _arrive(self) -> None:
        """Does for machines that are there now what could not be done before: their certificates and
        addresses, and their preflight.
        """
        for part in slices(self._late):
            hosts = [unit for unit in map(self.bundle.render, part) if isinstance(unit, Host)]
            here = [self._placed(host) for host in hosts if bind.is_placed(host, self.ledger.outputs)]
            self._provide(here)
            self._unready |= self.means.surroundings.unready(here)
            self._late = [one for one in self._late if one not in {host.address for host in here}]

    def _placed(self, rendered: bind.AnyRendered) -> bind.AnyRendered:
        return bind.placed(rendered, self.ledger.outputs, self.means.surroundings.login)

    def _refused(self, change: Change) -> bool:
        """Whether a unit's new machine cannot take what is planned."""
        why = self._unready.get(change.address)
        if why is None:
            return False
        self.means.tell(UnitStarted(change.address, change.action))
        self.take(UnitFailed(change.address, why, unreachable=why.code in AWAY))
        return True

    def _batch(self, changes: Sequence[Change]) -> None:
        rendered = {change.address: self._of_change(change) for change in changes}
        values, prints = self._secrets(changes, rendered)
        self.ledger.intend(
            {
                change.address: None
                if change.action is Action.DELETE
                else self.unit_record(change.address, rendered[change.address], prints)
                for change in changes
            }
        )
        by_kind: dict[str, list[BoundUnit]] = {}
        for change in changes:
            self.means.tell(UnitStarted(change.address, change.action))
            by_kind.setdefault(change.kind, []).append(self._bound(change, rendered[change.address], values))
        for kind, units in by_kind.items():
            for event in self.means.backends[kind].run(units, self.means.cancelled):
                self.take(event)

    def _of_change(self, change: Change) -> Rendered:
        if change.action is not Action.DELETE:
            return self.bundle.render(change.address)
        return applied.load_applied(self.means.store, self.ledger.units[change.address]).rendered

    def _blocked(self, change: Change) -> bool:
        """Whether a unit must wait for another apply, because of an interruption or of what it needs."""
        because = INTERRUPTED if self.means.cancelled() else self.stopped
        if change.action is not Action.DELETE:
            needs = self.bundle.units[change.address].needs
            because = next((n for n in needs if n in self.failed or n in self.skipped), because)
        if because:
            self.skipped.add(change.address)
            self.means.tell(UnitSkipped(change.address, because))
        return bool(because)

    def _secrets(
        self, changes: Sequence[Change], rendered: Mapping[str, Rendered]
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Values and fingerprints of a batch's secrets, asked for at once: each new one would rewrite the
        vault.
        """
        staying = (rendered[change.address] for change in changes if change.action is not Action.DELETE)
        wanted = tuple(dict.fromkeys(name for unit in staying for name in bind.secret_names(unit)))
        if not wanted:
            return EMPTY, EMPTY
        return self.means.vault.values(wanted), self.means.vault.fingerprints(wanted)

    def _bound(self, change: Change, rendered: Rendered, values: Mapping[str, str]) -> BoundUnit:
        remove = change.action is Action.DELETE
        # A chain and no copy: a fleet has as many outputs as hosts, and this is done for every host.
        host = isinstance(rendered, Host)
        places = self.means.surroundings.places(rendered) if host else EMPTY
        outputs = ChainMap({**places, **bind.nearby(rendered, self.ledger.outputs)}, self.ledger.outputs)
        names = () if remove else bind.secret_names(rendered)
        secrets = {name: values[name] for name in names}
        here = self._placed(rendered)
        before = self.ledger.record.units.get(change.address)
        state = before.state if before else ""
        return BoundUnit(
            change.address, here, outputs, secrets, remove, self.purge_data, state, bool(change.drift)
        )

    def leave(self, change: Change) -> None:
        """Forgets a unit that went with its stack; where the stack stayed, so did the unit."""
        if change.goes_with in self.done:
            self.means.tell(UnitStarted(change.address, change.action))
            self.ledger.intend({change.address: None})
            self.take(UnitDone(change.address, (), 0.0))
        else:
            self.skipped.add(change.address)
            self.means.tell(UnitSkipped(change.address, change.goes_with))

    def take(self, event: Event) -> None:
        """Takes note of how a unit ended, and tells it."""
        if isinstance(event, UnitFailed):
            self.failed[event.address] = event
            self.done.discard(event.address)
            self.ledger.failed([event.address], event.diagnostic.code)
        elif isinstance(event, UnitDone):
            self.done.add(event.address)
            for name, value in event.secrets.items():
                self.means.vault.put(f"{event.address}/{name}", value)
            self.ledger.done(event.address, event.outputs)
        self.means.tell(event)

    def unit_record(self, address: str, rendered: Rendered, prints: Mapping[str, str]) -> UnitRecord:
        unit, store = self.bundle.units[address], self.means.store
        series, routes = self.bundle.collected(address)
        known = self.ledger.outputs
        return UnitRecord(
            digest=unit.digest,
            kind=unit.kind,
            shared={part: self.bundle.parts[part].digest for part in unit.shared},
            own=unit.own,
            applied=applied.store_applied(store, self.bundle.own_facts(address), rendered),
            routes=applied.store_routes(store, series, routes),
            bound={k: known[k] for k in map(bind.key, bind.references(rendered)) if k in known},
            state=APPLIED,
            applied_at=time.time(),
            site=unit.site,
            secrets={name: prints[name] for name in bind.secret_names(rendered) if name in prints},
            needs=unit.needs,
        )


def slices(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items, so many at a time."""
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
