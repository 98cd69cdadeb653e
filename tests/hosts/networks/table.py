"""What was done and what became of the values: as a table, and judged."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.counting import Count
from tests.hosts.networks.plant import PRESSES, SENSORS

REGULAR = (*PRESSES, *SENSORS)
"""Devices that give a value away several times a second."""

FOLDER = Path(__file__).parents[3] / "build"
_ROW = "| {:<44} | {:>7} | {:>7} | {:>6} | {:>7} | {} |"


@dataclass
class Table:
    """Rows as they come, kept in ``build/`` as well, so that a run tells more than that it passed."""

    file: Path
    rows: list[str] = field(default_factory=list[str])

    def add(self, event: str, counts: dict[str, Count], notes: str = "") -> None:
        """An event with the counts of all devices."""
        every = counts.values()
        numbers = (
            sum(one.sent for one in every),
            sum(one.stored for one in every),
            sum(len(one.lost) for one in every),
            sum(len(one.doubled) for one in every),
        )
        self.rows.append(_ROW.format(event, *numbers, notes))
        print(self.rows[-1], flush=True)
        head = _ROW.format("event", "sent", "stored", "lost", "doubled", "notes")
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_text("\n".join([head, *self.rows, ""]), encoding="utf-8")


def nothing_lost(counts: dict[str, Count], but: Collection[str] = ()) -> None:
    """All was stored once; devices in ``but`` may have lost some."""
    wrong = {name: (one.lost[:9] if name not in but else (), one.doubled[:9]) for name, one in counts.items()}
    assert wrong == dict.fromkeys(counts, ((), ()))
    assert all(counts[name].sent > 0 for name in REGULAR)
