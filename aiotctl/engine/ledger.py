"""What is known of an environment while it is applied.

The record is saved before the first effect and after the last; what happens in between is in the journal, one
durable line for the begin and one for the end of each unit. ``recovered`` makes of the two the record that a
killed apply would have saved. So the work per unit does not grow with the number of units that are known.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from aiotctl.engine.protocols import Store
from aiotctl.model import codec
from aiotctl.model.record import JournalEntry, Record, UnitRecord

APPLIED, UNKNOWN = "applied", "unknown"
BEGIN, END = "begin", "end"
START, DONE, FAILED = "unit-start", "unit-done", "unit-failed"
UNIT, OUTPUTS = "unit", "outputs"
"""Facts. Of a unit's begin: its record once it is done; one that is to be removed has none. Of its end: what
it gives to others.
"""


NO_OUTPUTS: Mapping[str, str] = {}


class Ledger:
    """The units and outputs of one environment, on the disk before anybody relies on them."""

    def __init__(self, store: Store, record: Record) -> None:
        self.store = store
        self.record = record
        self.units = dict(record.units)
        self.outputs = dict(record.outputs)
        self._wanted: dict[str, UnitRecord | None] = {}

    def open(self) -> None:
        """Saves what a killed apply left in its journal, and begins with an empty one."""
        if self.store.journal():
            self.save()
            self.store.clear_journal()

    def begin(self, units: int) -> None:
        """Saves the ports that were chosen: a killed apply finds its own again."""
        self.save()
        self.store.append(JournalEntry(BEGIN, at=time.time(), facts={"units": str(units)}))

    def end(self) -> None:
        """Saves all that was done."""
        self.save()
        self.store.append(JournalEntry(END, at=time.time()))

    def intend(self, wanted: Mapping[str, UnitRecord | None]) -> None:
        """Writes down which units are about to be touched, and how they are recorded once they are done: None
        is for those that go. After a kill it is known what may be there.
        """
        self._wanted |= wanted
        entries: list[JournalEntry] = []
        for address, unit in wanted.items():
            _begun(self.units, address, unit)
            facts = {UNIT: json.dumps(codec.encode(unit))} if unit else {}
            entries.append(JournalEntry(START, address, time.time(), facts))
        self.store.append(*entries)

    def done(self, address: str, outputs: Mapping[str, str] = NO_OUTPUTS) -> None:
        """Writes down that a unit is as it was intended, and what it gives to others."""
        now = time.time()
        _done(self.units, address, self._wanted[address], now)
        given = {f"{address}#{name}": value for name, value in outputs.items()}
        if given:
            self.outputs = _with(self.outputs, address, given)
        facts = {OUTPUTS: json.dumps(given)} if given else {}
        self.store.append(JournalEntry(DONE, address, now, facts))

    def failed(self, addresses: Iterable[str], code: str) -> None:
        """Writes down that units are not as intended, or not well: the next apply makes them so again."""
        entries: list[JournalEntry] = []
        for address in addresses:
            _failed(self.units, address)
            entries.append(JournalEntry(FAILED, address, time.time(), {"code": code}))
        self.store.append(*entries)

    def save(self) -> None:
        """Writes the record, with the outputs of the units that are there."""
        gone = {address for address in self._wanted if address not in self.units}
        self.outputs = _without(self.outputs, gone)
        self.record = replace(
            self.record, units=dict(self.units), outputs=dict(self.outputs), serial=self.record.serial + 1
        )
        self.store.save(self.record)


def recovered(record: Record, journal: Iterable[JournalEntry]) -> Record:
    """The record with what an apply that did not end wrote into its journal."""
    units, outputs = dict(record.units), dict(record.outputs)
    wanted: dict[str, UnitRecord | None] = {}
    for entry in journal:
        if entry.phase == START:
            known = entry.facts.get(UNIT)
            unit = codec.decode(UnitRecord, json.loads(known)) if known else None
            wanted[entry.unit] = unit
            _begun(units, entry.unit, unit)
        elif entry.phase == DONE and entry.unit in wanted:
            _done(units, entry.unit, wanted[entry.unit], entry.at)
            if given := entry.facts.get(OUTPUTS):
                outputs = _with(outputs, entry.unit, json.loads(given))
        elif entry.phase == FAILED:
            _failed(units, entry.unit)
    if not wanted:
        return record
    gone = {address for address in wanted if address not in units}
    return replace(record, units=units, outputs=_without(outputs, gone))


def _begun(units: dict[str, UnitRecord], address: str, wanted: UnitRecord | None) -> None:
    before = units.get(address)
    if wanted is not None:
        # The fingerprints stay those of the values that the unit surely has, until it has the new ones.
        given: Mapping[str, str] = before.secrets if before else {}
        secrets = {name: given[name] for name in wanted.secrets if name in given}
        units[address] = replace(wanted, state=UNKNOWN, secrets=secrets)
    elif before is not None:
        units[address] = replace(before, state=UNKNOWN)


def _done(units: dict[str, UnitRecord], address: str, wanted: UnitRecord | None, at: float) -> None:
    if wanted is None:
        units.pop(address, None)
    else:
        units[address] = replace(wanted, state=APPLIED, applied_at=at)


def _failed(units: dict[str, UnitRecord], address: str) -> None:
    if address in units:
        units[address] = replace(units[address], state=UNKNOWN)


def _with(outputs: Mapping[str, str], address: str, given: Mapping[str, str]) -> dict[str, str]:
    """The outputs with all that a unit gives now, and nothing that it gave before."""
    return {key: value for key, value in outputs.items() if not key.startswith(f"{address}#")} | dict(given)


def _without(outputs: Mapping[str, str], gone: set[str]) -> dict[str, str]:
    if not gone:
        return dict(outputs)
    return {key: value for key, value in outputs.items() if _giver(key) not in gone}


def _giver(key: str) -> str:
    """The unit that gives an output: ``host/hub`` of ``host/hub/service/nats#mqtt.port``."""
    return key.partition("#")[0].partition("/service/")[0]
