"""What gateways lost because their buffers were full, as status and verify warn of it.

Message of the stream: ``buffer_dropped`` (gateway, values, messages, age_s, limit (bytes)).
"""

from __future__ import annotations

from collections.abc import Sequence

from aiotctl.model.verification import Dropped
from aiotctl.views.output import Screen, Stream
from aiotctl.views.text import Style, age, count

SHOWN = 10


def write_dropped(dropped: Sequence[Dropped], stream: Stream) -> None:
    """One message each."""
    for one in dropped:
        stream.write(
            "buffer_dropped",
            gateway=one.gateway,
            values=one.values,
            messages=one.messages,
            age_s=one.age_s,
            limit=one.limit,
        )


def human_dropped(dropped: Sequence[Dropped], screen: Screen) -> None:
    """A line each, the largest loss first."""
    for one in sorted(dropped, key=lambda one: -one.values)[:SHOWN]:
        screen.line(
            (Style.WARNING, f"Gateway {one.gateway} lost {count(one.values, 'value')}"),
            f", the oldest first: its buffer was full, last {age(one.age_s)} ago.",
        )
    if len(dropped) > SHOWN:
        screen.line(f"and {len(dropped) - SHOWN:,} more gateways")
    if dropped:
        screen.line("platform.broker.buffer says how much a gateway holds while the hub is away.")
