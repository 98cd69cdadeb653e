"""An engine on a real file store, with doubles of what it drives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from aiotctl.engine.applier import Apply
from aiotctl.engine.batches import Means
from aiotctl.engine.ledger import recovered
from aiotctl.engine.planner import World, make_plan
from aiotctl.engine.secrets import changed_secrets
from aiotctl.engine.selection import Selection
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Event, Finished
from aiotctl.model.plan import Plan
from aiotctl.model.record import Record
from aiotctl.stores import open_store
from tests.engine.double import CountingVault, FixedSurroundings, RecordingBackend, ToldHealth


@dataclass
class Engine:
    """Plans and applies bundles one after the other."""

    folder: Path
    backend: RecordingBackend = field(default_factory=RecordingBackend)
    vault: CountingVault = field(default_factory=CountingVault)
    health: ToldHealth = field(default_factory=ToldHealth)
    told: list[Event] = field(default_factory=list)
    cancelled: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        self.store = open_store(str(self.folder), lambda diagnostic: None)

    @property
    def record(self) -> Record:
        saved = self.store.load() or Record("lineage", 0, "shop", "laptop", "0")
        return recovered(saved, self.store.journal())

    def plan(
        self,
        bundle: Bundle,
        selection: Selection | None = None,
        world: World | None = None,
        max_fail_percent: Decimal | None = None,
    ) -> Plan:
        secrets = changed_secrets(self.record.units, self.vault)
        chosen = selection or Selection()
        return make_plan(bundle, self.record, self.store, chosen, world, secrets, max_fail_percent)

    def apply(self, bundle: Bundle, selection: Selection | None = None) -> Finished:
        return self.carry_out(self.plan(bundle, selection), bundle)

    def carry_out(self, plan: Plan, bundle: Bundle, purge: bool = False) -> Finished:
        means = Means(
            self.store,
            self.vault,
            {"host": self.backend},
            FixedSurroundings(),
            self.health,
            self.told.append,
            self.cancelled,
        )
        with self.store.lock("apply", 0):
            return Apply(plan, bundle, self.record, means, purge).run()[0]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An engine whose state lies in an empty folder."""
    return Engine(tmp_path / "state")
