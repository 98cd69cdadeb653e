"""Simulated devices: where they are served, and what they are made to do.

Messages of the stream: ``served`` (device, url); ``simulated_device`` (device, faults, counters {point:
last}, and of a publishing one acknowledged, held, dropped).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiotctl.views.output import Output
from aiotctl.views.table import Column, show_table
from aiotctl.views.text import Part, Style

_SERVED = (Column("device", least=16), Column("served at"))
_STATES = (
    Column("device", least=16),
    Column("faults", least=10),
    Column("counters", least=10),
    Column("messages", least=10),
)


def show_served(devices: Sequence[tuple[str, str]], output: Output) -> None:
    """Where each device (address, URL) is found."""
    if output.stream is not None:
        for device, url in devices:
            output.stream.write("served", device=device, url=url)
    if output.screen is not None:
        show_table(output.screen, _SERVED, [(device, (Style.STRONG, url)) for device, url in devices])
        output.screen.line("Ctrl-C ends it.")
        output.screen.flush()


def show_states(states: Mapping[str, Mapping[str, Any]], output: Output) -> None:
    """What each device is made to do."""
    if output.stream is not None:
        for device, state in states.items():
            output.stream.write("simulated_device", device=device, **state)
    if output.screen is not None:
        show_table(output.screen, _STATES, [_row(device, state) for device, state in states.items()])


def _row(device: str, state: Mapping[str, Any]) -> list[Part]:
    counters = ", ".join(f"{point} {last}" for point, last in state["counters"].items())
    told = [f"{state[name]:,} {name}" for name in ("acknowledged", "held", "dropped") if name in state]
    return [device, (Style.DOUBTFUL, ", ".join(state["faults"])), counters, ", ".join(told)]
