"""What the forwarder says of itself to the hub: a line that the hub's collector stores, as it does values."""

from __future__ import annotations

import time

from aiotctl.agents.forward.progress import Progress

METRIC = "told_buffer"
"""Name of the metric, and of the table that takes it."""

AGAIN_S = 60.0
"""So often it is told while nothing is dropped: it need not be known sooner, and gateways are many."""

TIMES = 5
"""So often in succession where there is news: after a restart of the hub its collector comes some seconds
after its broker, and what is not acknowledged does not wait for it.
"""


class Teller:
    """When to say what. It is said without acknowledgement, because the next time says it anew: counts go up
    for as long as the gateway lives.
    """

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self._dropped = 0
        self._left = TIMES
        self._at = 0.0

    def begin(self) -> None:
        """A new connection: what was said over the last one may not have come."""
        self._left = TIMES

    def line(self, progress: Progress, messages: int, size: int, limit: int) -> bytes:
        """The line in Influx's line protocol, or nothing where it is not the time. ``messages`` wait in a
        journal of ``size`` bytes, which may take ``limit``. It has no time stamp: a gateway's clock may be
        wrong.
        """
        now = time.monotonic()
        if progress.dropped_messages != self._dropped:
            self._dropped, self._left = progress.dropped_messages, TIMES
        if not self._left and now - self._at < AGAIN_S:
            return b""
        self._left, self._at = max(0, self._left - 1), now
        fields = {
            "dropped_messages": progress.dropped_messages,
            "dropped_values": progress.dropped_values,
            "held_messages": messages,
            "held_bytes": size,
            "limit_bytes": limit,
        }
        told = ",".join(f"{name}={value}i" for name, value in fields.items())
        return f"{METRIC},gateway={self._gateway} {told}\n".encode()
