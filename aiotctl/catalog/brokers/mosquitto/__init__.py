"""Mosquitto as distributions ship it: at the hub for all gateways, and at each gateway, from where a
forwarder carries to the hub what is meant for it.
"""

from __future__ import annotations

from aiotctl.catalog.brokers.mosquitto.flows import flows
from aiotctl.catalog.brokers.mosquitto.gateway import lower_gateway
from aiotctl.catalog.brokers.mosquitto.hub import lower_hub
from aiotctl.catalog.brokers.mosquitto.options import OPTIONS
from aiotctl.catalog.entry import PlatformEntry

ENTRY = PlatformEntry(
    role="broker",
    engine="mosquitto",
    description="Mosquitto with mutual TLS at the hub and at each gateway, which stores and forwards",
    options=OPTIONS,
    gateway=lower_gateway,
    hub=lower_hub,
    flows=flows,
    local=False,
    hosts=True,
)
