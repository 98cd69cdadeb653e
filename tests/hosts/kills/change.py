"""A change that touches every machine: it alters settings on all and takes services away, or brings them."""

from __future__ import annotations

from tests.e2e.laptop import Laptop

SIDES = ("with the lake", "without it")
TEXTS = (
    ("type: uint32, every: 1s}", "type: uint32, every: 2s}"),
    ("    sinks: [timeseries, lake]", "    sinks: [timeseries]"),
    ("serves: [broker, timeseries, lake]", "serves: [broker, timeseries]"),
    ("    rollout: {", "    remove: [platform/lake]\n    rollout: {"),
)
"""Of the blueprint, on each side. The first is a setting of both gateways' collectors and of the database;
the others are the hub's store and its export, with their accounts and programs.
"""


class Toggle:
    """The blueprint on one of two sides."""

    def __init__(self, works: Laptop) -> None:
        self._works = works
        self.side = 0

    def flip(self) -> str:
        """Changes to the other side, and names it."""
        for texts in TEXTS:
            self._works.edit(texts[self.side], texts[1 - self.side])
        self.side = 1 - self.side
        return SIDES[self.side]
