"""Services as hardened systemd units of a Linux host of its own."""

from __future__ import annotations

from aiotctl.catalog.entry import PlatformEntry

ENTRY = PlatformEntry(
    role="runtime",
    engine="systemd",
    description="Hardened systemd units, each with a user of its own; for hosts reached by SSH",
    local=False,
    hosts=True,
)
