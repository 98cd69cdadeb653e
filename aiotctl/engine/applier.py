"""Carries out a plan: units in order, in waves, journalled, resumable. Tells events and prints nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from aiotctl.engine import applied
from aiotctl.engine.batches import Batches, Means
from aiotctl.engine.ledger import Ledger
from aiotctl.engine.order import levels, removals
from aiotctl.engine.waves import roll_out
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Finished
from aiotctl.model.plan import Action, Change, Plan
from aiotctl.model.record import Record


class Apply:
    """One apply under way. The caller holds the environment's lock."""

    def __init__(
        self, plan: Plan, bundle: Bundle, record: Record, means: Means, purge_data: bool = False
    ) -> None:
        self.plan = plan
        self.bundle = bundle
        self.means = means
        self.ledger = Ledger(means.store, record)
        self.batches = Batches(bundle, self.ledger, means, purge_data)

    def run(self) -> tuple[Finished, Record]:
        """Carries the plan out. Gives the end and the record as saved."""
        started = time.monotonic()
        self.ledger.open()
        if self.plan.changes:
            self._change({change.address: change for change in self.plan.changes})
        self._settle()
        self.means.store.clear_journal()
        ended = self.batches
        finished = Finished(
            len(ended.done),
            len(ended.failed),
            len(ended.skipped),
            self.means.cancelled(),
            time.monotonic() - started,
            sum(failure.unreachable for failure in ended.failed.values()),
            bool(ended.stopped),
        )
        self.means.tell(finished)
        return finished, self.ledger.record

    def _change(self, changes: Mapping[str, Change]) -> None:
        wanted = [address for address, change in changes.items() if change.action is not Action.DELETE]
        self.batches.prepare(wanted)
        self.ledger.begin(len(changes))
        in_waves = {address for wave in self.plan.waves for address in wave}
        first = {a: self.bundle.units[a].needs for a in wanted if a not in in_waves}
        for group in levels(first):
            self.batches.run([changes[address] for address in group])
        roll_out(self.plan, changes, self.batches)
        known = self.ledger.record.units
        gone = [change for change in changes.values() if change.action is Action.DELETE]
        for group in removals({c.address: known[c.address].needs for c in gone if not c.goes_with}):
            self.batches.run([changes[address] for address in group])
        for change in gone:
            if change.goes_with:
                self.batches.leave(change)
        self.ledger.end()

    def _settle(self) -> None:
        """Brings the record up to what needed no doing: settled units, and shared facts once all have
        them.
        """
        if self.batches.failed or self.batches.skipped:
            return
        units, record = self.ledger.units, self.ledger.record
        for address in self.plan.settled:
            given = units[address].secrets
            units[address] = self.batches.unit_record(address, self.bundle.render(address), given)
        wanted, parts = self.bundle.units, record.parts
        if all(a in units and units[a].digest == unit.digest for a, unit in wanted.items()):
            parts = {address: part.digest for address, part in self.bundle.parts.items()}
        for address, digest in parts.items():
            if record.parts.get(address) != digest:
                applied.store_facts(self.means.store, self.bundle.parts[address].facts)
        if self.plan.settled or parts != record.parts:
            self.ledger.record = replace(record, parts=parts)
            self.ledger.save()
