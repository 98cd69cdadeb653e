"""The kinds of findings about MQTT points and devices."""

from __future__ import annotations

from aiotctl.catalog.protocols.opcua.kinds import CREDENTIALS
from aiotctl.findings import Kind

BAD_TOPIC = Kind(
    "topic",
    "A topic that cannot be published to",
    "A point is one topic (MQTT 3.1.1, section 4.7): no wildcards, no empty levels, no `$` in front.",
)
TIMESTAMP = Kind(
    "timestamp-without-json",
    "A time stamp in a payload that is a plain value",
    "A plain payload is the value and nothing else; a time stamp beside it needs JSON.",
)

__all__ = ["BAD_TOPIC", "CREDENTIALS", "TIMESTAMP"]
