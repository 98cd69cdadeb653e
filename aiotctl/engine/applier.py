"""Carries out a plan: units in order, journalled, resumable. Tells events and prints nothing."""

from __future__ import annotations

import time
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from aiotctl.engine import applied, bind
from aiotctl.engine.order import CENTRAL, levels
from aiotctl.engine.protocols import Backend, BoundUnit, Store, Surroundings, Vault
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Event, Finished, UnitDone, UnitFailed, UnitSkipped, UnitStarted
from aiotctl.model.plan import Action, Change, Plan
from aiotctl.model.primitives import Host, Schema
from aiotctl.model.record import JournalEntry, Record, UnitRecord

INTERRUPTED = "interrupted"
EMPTY: Mapping[str, str] = {}


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
        self.units = dict(record.units)
        self.outputs = dict(record.outputs)
        self.failed: dict[str, UnitFailed] = {}
        self.skipped: set[str] = set()
        self.given: dict[str, Mapping[str, str]] = {}
        self.done = 0

    def run(self) -> tuple[Finished, Record]:
        """Carries the plan out. Gives the end and the record as saved."""
        started = time.monotonic()
        changes = {change.address: change for change in self.plan.changes}
        if changes:
            self._change(changes)
        self._settle()
        self.means.store.clear_journal()
        seconds = time.monotonic() - started
        interrupted = self.means.cancelled()
        finished = Finished(self.done, len(self.failed), len(self.skipped), interrupted, seconds)
        self.means.tell(finished)
        return finished, self.record

    def _change(self, changes: Mapping[str, Change]) -> None:
        wanted = {a: c for a, c in changes.items() if c.action is not Action.DELETE}
        rendered = {address: self.bundle.render(address) for address in wanted}
        hosts = [unit for unit in rendered.values() if isinstance(unit, Host)]
        self.means.surroundings.prepare(hosts, self.means.tell)
        self.outputs |= self.means.surroundings.ports(hosts, self.outputs)
        # Ports and intent are durable before the first effect, so that a killed apply finds its own again.
        self._save()
        journal = self.means.store.append
        journal(JournalEntry("begin", at=time.time(), facts={"units": str(len(changes))}))
        for group in levels({address: self.bundle.units[address].needs for address in wanted}):
            self._batch([changes[address] for address in group], rendered)
        removals = (change for change in self.plan.changes if change.action is Action.DELETE)
        for _, together in groupby(removals, key=lambda c: c.address if c.address in CENTRAL else ""):
            group = list(together)
            self._batch(group, {change.address: self._as_applied(change.address) for change in group})
        journal(JournalEntry("end", at=time.time()))

    def _batch(self, changes: Sequence[Change], rendered: Mapping[str, Host | Schema]) -> None:
        ready = [change for change in changes if not self._blocked(change)]
        if not ready:
            return
        self._intend(ready, rendered)
        secrets = self._secrets(ready, rendered)
        by_kind: dict[str, list[BoundUnit]] = {}
        for change in ready:
            self.means.store.append(JournalEntry("unit-start", change.address, time.time()))
            self.means.tell(UnitStarted(change.address, change.action))
            by_kind.setdefault(change.kind, []).append(self._bound(change, rendered[change.address], secrets))
        actions = {change.address: change.action for change in ready}
        for kind, units in by_kind.items():
            for event in self.means.backends[kind].run(units, self.means.cancelled):
                self._take(event, actions)
                self.means.tell(event)
        self._save()

    def _intend(self, changes: Sequence[Change], rendered: Mapping[str, Host | Schema]) -> None:
        """Writes down what is about to be touched: after a kill the record knows what may be there."""
        for change in changes:
            if change.action is Action.DELETE:
                self.units[change.address] = replace(self.units[change.address], state="unknown")
            else:
                self.units[change.address] = self._unit_record(
                    change.address, rendered[change.address], "unknown"
                )
        self._save()

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

    def _secrets(self, changes: Sequence[Change], rendered: Mapping[str, Host | Schema]) -> Mapping[str, str]:
        """The secrets of a whole batch, asked for at once: each new one would rewrite the vault. What each
        unit is given is noted.
        """
        names = {
            c.address: bind.secret_names(rendered[c.address])
            for c in changes
            if c.action is not Action.DELETE
        }
        wanted = tuple(dict.fromkeys(name for used in names.values() for name in used))
        if not wanted:
            return {}
        values, prints = self.means.vault.values(wanted), self.means.vault.fingerprints(wanted)
        self.given |= {address: {name: prints[name] for name in used} for address, used in names.items()}
        return values

    def _bound(self, change: Change, rendered: Host | Schema, known: Mapping[str, str]) -> BoundUnit:
        remove = change.action is Action.DELETE
        # A chain and no copy: a fleet has as many outputs as hosts, and this is done for every host.
        host = isinstance(rendered, Host)
        places = self.means.surroundings.places(rendered) if host else EMPTY
        outputs = ChainMap(dict(places), self.outputs)
        secrets = {name: known[name] for name in self.given.get(change.address, ())}
        return BoundUnit(change.address, rendered, outputs, secrets, remove, self.purge_data)

    def _take(self, event: Event, actions: Mapping[str, Action]) -> None:
        """Takes note of how a unit ended. The record is saved once a batch: a fleet's is too large for
        more.
        """
        if isinstance(event, UnitFailed):
            self.failed[event.address] = event
            facts = {"code": event.diagnostic.code}
            self.means.store.append(JournalEntry("unit-failed", event.address, time.time(), facts))
        elif isinstance(event, UnitDone):
            self.done += 1
            self._remember(event.address, actions[event.address])
            self.means.store.append(JournalEntry("unit-done", event.address, time.time()))

    def _remember(self, address: str, action: Action) -> None:
        if action is Action.DELETE:
            del self.units[address]
            self.outputs = {k: v for k, v in self.outputs.items() if not k.startswith(address + "/")}
        else:
            self.units[address] = replace(
                self.units[address],
                state="applied",
                applied_at=time.time(),
                secrets=self.given.get(address, {}),
            )

    def _unit_record(self, address: str, rendered: Host | Schema, state: str) -> UnitRecord:
        unit, store = self.bundle.units[address], self.means.store
        series, routes = self.bundle.collected(address)
        known, before = self.outputs, self.units.get(address)
        given = before.secrets if before else EMPTY
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
            secrets={name: given[name] for name in bind.secret_names(rendered) if name in given},
        )

    def _settle(self) -> None:
        """Brings the record up to what needed no doing: settled units, and shared facts once all have
        them.
        """
        if self.failed or self.skipped:
            return
        for address in self.plan.settled:
            self.units[address] = self._unit_record(address, self.bundle.render(address), "applied")
        wanted, parts = self.bundle.units, self.record.parts
        if all(a in self.units and self.units[a].digest == unit.digest for a, unit in wanted.items()):
            parts = {address: part.digest for address, part in self.bundle.parts.items()}
        for address, digest in parts.items():
            if self.record.parts.get(address) != digest:
                applied.store_facts(self.means.store, self.bundle.parts[address].facts)
        if self.plan.settled or parts != self.record.parts:
            self.record = replace(self.record, parts=parts)
            self._save()

    def _as_applied(self, address: str) -> Host | Schema:
        return applied.load_applied(self.means.store, self.record.units[address]).rendered

    def _save(self) -> None:
        self.record = replace(
            self.record, units=dict(self.units), outputs=dict(self.outputs), serial=self.record.serial + 1
        )
        self.means.store.save(self.record)
