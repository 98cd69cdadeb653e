"""What happens to each unit, worked out from what is wanted, what was applied and what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from aiotctl.engine import bind, compare
from aiotctl.engine.applied import Applied, load_applied
from aiotctl.engine.protocols import Preview, Store
from aiotctl.engine.stacks import KIND, NO_PREVIEWS, Previews, awaited, stack_action
from aiotctl.model.bundle import Bundle
from aiotctl.model.plan import Action, Change, Drift
from aiotctl.model.primitives import Host, Rendered
from aiotctl.model.record import Record, UnitRecord

UNFINISHED = "unfinished"
"""Summary of a unit whose last apply did not end: it is applied again, whatever it holds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a change is worked out from. ``moving`` are the outputs that change; ``render``: so few units
    change that each is worked out in full.
    """

    bundle: Bundle
    record: Record
    store: Store
    drift: Mapping[str, tuple[Drift, ...]]
    secrets: Mapping[str, tuple[str, ...]]
    previews: Previews = field(default_factory=lambda: NO_PREVIEWS)
    moving: frozenset[str] = frozenset()
    render: bool = True

    def to_ask(self, address: str, action: Action, world: object) -> bool:
        """Whether the engine is asked about a stack: where the world was looked at, and else only where
        something is wanted otherwise, so that a plan without a change starts no engine.
        """
        if world is not None:
            return True
        return action is not Action.NONE and not (self.same(address) and not self._changed(address))

    def action(self, address: str, action: Action) -> Action:
        """What happens to a unit, now that the engine was asked."""
        before = self.record.units.get(address)
        if address in self.previews:
            return stack_action(before, self.same(address), self.previews[address])
        if action is Action.NONE and self.bundle.units[address].kind != KIND and awaited(before, self.moving):
            return Action.MAYBE
        return action

    def is_settled(self, address: str, actions: Mapping[str, Action]) -> bool:
        """Whether nothing is done to a stack although its input is another: the record learns of that."""
        before = self.record.units.get(address)
        another = before is not None and before.digest != self.bundle.units[address].digest
        return another and actions[address] is Action.NONE

    def same(self, address: str) -> bool:
        """Whether a unit is wanted as it was applied, so that nothing needs doing."""
        before = self.record.units.get(address)
        old = load_applied(self.store, before) if before else None
        return _same(old, self.bundle.render(address), before, self.record)

    def change(self, address: str, action: Action) -> Change | None:
        """What happens to a unit; None where nothing needs doing."""
        unit, before = self.bundle.units[address], self.record.units.get(address)
        preview = self.previews.get(address, Preview())
        plain = Change(
            address,
            unit.kind,
            action,
            unit.site,
            drift=self.drift.get(address, ()) + preview.drift,
            secrets=self.secrets.get(address, ()),
            resources=preview.resources,
            awaits=awaited(before, self.moving) if action is Action.MAYBE else (),
            version=preview.version,
        )
        return self._in_full(plain) if self.render or unit.kind == KIND else plain

    def _in_full(self, plain: Change) -> Change | None:
        before = self.record.units.get(plain.address)
        old = load_applied(self.store, before).rendered if before else None
        will = self.bundle.render(plain.address)
        changed = self._changed(plain.address)
        reason = plain.drift or changed or plain.address in self.previews
        if plain.action is Action.UPDATE and not reason and self.same(plain.address):
            if not (waits := awaited(before, self.moving)):
                return None
            plain = replace(plain, action=Action.MAYBE, awaits=waits)
        full = replace(
            plain, counts=compare.counts(will), summary=self._summary(plain.address), secrets=changed
        )
        if not isinstance(will, Host):
            return full
        was = old if isinstance(old, Host) else None
        return replace(
            full,
            effects=compare.effects(was, will, changed),
            files=compare.file_changes(was, will, changed),
        )

    def _changed(self, address: str) -> tuple[str, ...]:
        """The secrets of a unit that have another value."""
        known = bind.secret_names(self.bundle.render(address))
        return tuple(name for name in self.secrets.get(address, ()) if name in known)

    def _summary(self, address: str) -> str:
        before = self.record.units.get(address)
        left = self.previews.get(address, Preview()).unfinished
        if before is None or before.state == "applied":
            return ""
        return f"{UNFINISHED}: {', '.join(left)}" if left else UNFINISHED


def _same(old: Applied | None, new: Rendered, before: UnitRecord | None, record: Record) -> bool:
    """Whether another input gave the same output, so that nothing needs doing."""
    bound = before is not None and all(record.outputs.get(k) == v for k, v in before.bound.items())
    return (
        old is not None and old.rendered == new and bound and before is not None and before.state == "applied"
    )
