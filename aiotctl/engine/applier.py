"""Carries out a plan: units in order, journalled, resumable. Tells events and prints nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from aiotctl.engine import applied, bind
from aiotctl.engine.order import levels
from aiotctl.engine.protocols import Backend, BoundUnit, Store, Surroundings, Vault
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Event, Finished, UnitDone, UnitFailed, UnitSkipped, UnitStarted
from aiotctl.model.plan import Action, Change, Plan
from aiotctl.model.primitives import Host, Schema
from aiotctl.model.record import JournalEntry, Record, UnitRecord

INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Means:
    """Everything with effects that an apply works through."""

    store: Store
    vault: Vault
    backends: Mapping[str, Backend]
    surroundings: Surroundings
    tell: Callable[[Event], None]
    cancelled: Callable[[], bool]


class Apply:
    """One apply under way. The caller holds the environment's lock."""

    def __init__(
        self, plan: Plan, bundle: Bundle, record: Record, means: Means, purge_data: bool = False
    ) -> None:
        self.plan = plan
        self.bundle = bundle
        self.record = record
        self.means = means
        self.purge_data = purge_data
        self.failed: dict[str, UnitFailed] = {}
        self.skipped: set[str] = set()
        self.done = 0

    def run(self) -> tuple[Finished, Record]:
        """Carries the plan out. Gives the end and the record as saved."""
        started = time.monotonic()
        store = self.means.store
        changes = {change.address: change for change in self.plan.changes}
        wanted = {a: c for a, c in changes.items() if c.action is not Action.DELETE}
        rendered = {address: self.bundle.render(address) for address in wanted}
        hosts = [unit for unit in rendered.values() if isinstance(unit, Host)]
        self.means.surroundings.prepare(hosts, self.means.tell)
        outputs = {**self.record.outputs, **self.means.surroundings.ports(hosts, self.record.outputs)}
        if changes:
            # Ports and the intent are durable before the first effect, so that a killed apply finds its own
            # again.
            self._save(replace(self.record, outputs=outputs))
            store.append(JournalEntry("begin", at=time.time(), facts={"units": str(len(changes))}))
        for group in levels({address: self.bundle.units[address].needs for address in wanted}):
            self._batch([changes[address] for address in group], rendered)
        for change in self.plan.changes:
            if change.action is Action.DELETE:
                self._batch([change], {change.address: self._as_applied(change.address)})
        self._settle()
        if changes:
            store.append(JournalEntry("end", at=time.time()))
        if not self.failed and not self.skipped:
            store.clear_journal()
        finished = Finished(
            self.done,
            len(self.failed),
            len(self.skipped),
            self.means.cancelled(),
            time.monotonic() - started,
        )
        self.means.tell(finished)
        return finished, self.record

    def _batch(self, changes: Sequence[Change], rendered: Mapping[str, Host | Schema]) -> None:
        ready = [change for change in changes if not self._blocked(change)]
        self._intend(ready, rendered)
        by_kind: dict[str, list[BoundUnit]] = {}
        for change in ready:
            self.means.store.append(JournalEntry("unit-start", change.address, time.time()))
            self.means.tell(UnitStarted(change.address, change.action))
            by_kind.setdefault(change.kind, []).append(self._bound(change, rendered[change.address]))
        actions = {change.address: change.action for change in ready}
        for kind, units in by_kind.items():
            for event in self.means.backends[kind].run(units, self.means.cancelled):
                self._take(event, actions, rendered)
                self.means.tell(event)

    def _intend(self, changes: Sequence[Change], rendered: Mapping[str, Host | Schema]) -> None:
        """Writes down what is about to be touched: after a kill the record knows what may be there."""
        units = dict(self.record.units)
        for change in changes:
            if change.action is Action.DELETE:
                units[change.address] = replace(units[change.address], state="unknown")
            else:
                units[change.address] = self._unit_record(change.address, rendered[change.address], "unknown")
        if changes:
            self._save(replace(self.record, units=units))

    def _blocked(self, change: Change) -> bool:
        """Whether a unit must wait for another apply, because of an interruption or of what it needs."""
        because = INTERRUPTED if self.means.cancelled() else ""
        if change.action is not Action.DELETE:
            needs = self.bundle.units[change.address].needs
            because = next((n for n in needs if n in self.failed or n in self.skipped), because)
        if because:
            self.skipped.add(change.address)
            self.means.tell(UnitSkipped(change.address, because))
        return bool(because)

    def _bound(self, change: Change, rendered: Host | Schema) -> BoundUnit:
        remove = change.action is Action.DELETE
        places = self.means.surroundings.places(rendered) if isinstance(rendered, Host) else {}
        names = () if remove else bind.secret_names(rendered)
        secrets = self.means.vault.values(names) if names else {}
        outputs = {**self.record.outputs, **places}
        return BoundUnit(change.address, rendered, outputs, secrets, remove, self.purge_data)

    def _take(
        self, event: Event, actions: Mapping[str, Action], rendered: Mapping[str, Host | Schema]
    ) -> None:
        if isinstance(event, UnitFailed):
            self.failed[event.address] = event
            self.means.store.append(
                JournalEntry("unit-failed", event.address, time.time(), {"code": event.diagnostic.code})
            )
        elif isinstance(event, UnitDone):
            self.done += 1
            self._remember(event.address, actions[event.address], rendered[event.address])
            self.means.store.append(JournalEntry("unit-done", event.address, time.time()))

    def _remember(self, address: str, action: Action, rendered: Host | Schema) -> None:
        units = dict(self.record.units)
        outputs = dict(self.record.outputs)
        if action is Action.DELETE:
            units.pop(address, None)
            outputs = {key: value for key, value in outputs.items() if not key.startswith(address + "/")}
        else:
            units[address] = self._unit_record(address, rendered, "applied")
        self._save(replace(self.record, units=units, outputs=outputs))

    def _unit_record(self, address: str, rendered: Host | Schema, state: str) -> UnitRecord:
        unit, store = self.bundle.units[address], self.means.store
        series, routes = self.bundle.collected(address)
        known = self.record.outputs
        return UnitRecord(
            digest=unit.digest,
            kind=unit.kind,
            shared={part: self.bundle.parts[part].digest for part in unit.shared},
            own=unit.own,
            applied=applied.store_applied(store, self.bundle.own_facts(address), rendered),
            routes=applied.store_routes(store, series, routes),
            bound={k: known[k] for k in map(bind.key, bind.references(rendered)) if k in known},
            state=state,
            applied_at=time.time(),
            site=unit.site,
        )

    def _settle(self) -> None:
        """Brings the record up to what needed no doing: units whose other input gave the same output, and
        shared facts.
        """
        if self.failed or self.skipped:
            return
        units = dict(self.record.units)
        for address in self.plan.settled:
            units[address] = self._unit_record(address, self.bundle.render(address), "applied")
        whole = all(u in units and units[u].digest == unit.digest for u, unit in self.bundle.units.items())
        parts = {a: p.digest for a, p in self.bundle.parts.items()} if whole else self.record.parts
        if units == self.record.units and parts == self.record.parts:
            return
        for address, digest in parts.items():
            if self.record.parts.get(address) != digest:
                applied.store_facts(self.means.store, self.bundle.parts[address].facts)
        self._save(replace(self.record, units=units, parts=parts))

    def _as_applied(self, address: str) -> Host | Schema:
        return applied.load_applied(self.means.store, self.record.units[address]).rendered

    def _save(self, record: Record) -> None:
        self.record = replace(record, serial=record.serial + 1)
        self.means.store.save(self.record)
