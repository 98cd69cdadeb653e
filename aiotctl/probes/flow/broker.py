"""Who is connected to the broker, and what waits in it, as its monitoring tells (NATS: /connz and /jsz)."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

CONNECTIONS = 100_000
"""Clients listed at most; NATS' own limit is 1,024."""

UNNAMED = "<unknown>"
"""What a broker's log calls a client that it turned away before it had a name."""


@dataclass(frozen=True, slots=True)
class BrokerState:
    """Users that are connected, and how many messages wait for their subscribers. ``complete``: nobody else
    is; ``refused`` what was said of clients that were turned away, by the name they called themselves.
    """

    users: frozenset[str]
    backlog: int
    complete: bool = True
    refused: Mapping[str, str] = field(default_factory=dict[str, str])

    def lacks(self, user: str) -> bool:
        """Whether a user is certainly not connected."""
        return self.complete and user not in self.users


def ask(monitor: str) -> BrokerState:
    """Asks the monitoring at ``HOST:PORT``; raises OSError where it does not answer."""
    connections = _list(_get(monitor, f"/connz?auth=1&limit={CONNECTIONS}"), "connections")
    users = frozenset(str(c.get("authorized_user", "")) for c in connections if c.get("type") == "mqtt")
    jetstream = _get(monitor, "/jsz?accounts=1&streams=1&consumers=1")
    return BrokerState(users, sum(_pending(jetstream)))


def _pending(jetstream: dict[str, Any]) -> Iterator[int]:
    """Messages each consumer of the stream of MQTT's messages has not been sent yet."""
    streams = [s for account in _list(jetstream, "account_details") for s in _list(account, "stream_detail")]
    for stream in streams:
        if stream.get("name") == "$MQTT_msgs":
            yield from (int(c.get("num_pending", 0)) for c in _list(stream, "consumer_detail"))


def _list(tree: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return tree.get(key) or []


def _get(monitor: str, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://{monitor}{path}", timeout=3) as answer:
        return json.load(answer)
