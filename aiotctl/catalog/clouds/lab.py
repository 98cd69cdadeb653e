"""The lab: a cloud on one Linux machine, whose machines are systemd containers. Nothing of it leaves here."""

from __future__ import annotations

from aiotctl.catalog.cloud import LAB, CloudEntry, options

ENTRY = CloudEntry(
    engine=LAB,
    description="containers of this machine (podman), gateways too; to try everything without an account",
    options=options(""),
    gateways=True,
)
