"""Services as supervised processes of this machine: what a laptop has, without root or containers."""

from __future__ import annotations

from aiotctl.catalog.entry import PlatformEntry

ENTRY = PlatformEntry(
    role="runtime",
    engine="process",
    description="Supervised processes, one supervisor a host; local environments only",
)
