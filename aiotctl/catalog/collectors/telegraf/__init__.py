"""Telegraf as the collector of gateways and as the writer of the hub."""

from __future__ import annotations

from aiotctl.catalog.collectors.telegraf.agent import OPTIONS
from aiotctl.catalog.collectors.telegraf.flows import flows
from aiotctl.catalog.collectors.telegraf.gateway import lower_gateway
from aiotctl.catalog.collectors.telegraf.hub import lower_hub
from aiotctl.catalog.entry import PlatformEntry

ENTRY = PlatformEntry(
    role="collector",
    engine="telegraf",
    description="Telegraf reads the devices at the gateway and writes to the database at the hub",
    options=OPTIONS,
    gateway=lower_gateway,
    hub=lower_hub,
    flows=flows,
    hosts=True,
)
