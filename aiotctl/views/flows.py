"""The table of connections: who may dial whom, on which port, protected by what.

Messages of the stream: ``flow`` with the fields of the table, for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from aiotctl.model.primitives import Flow
from aiotctl.views.output import Output, Screen
from aiotctl.views.table import Column, Group, show_groups
from aiotctl.views.text import Part, Style

_COLUMNS = (
    Column("port", right=True),
    Column("from", least=12),
    Column("zone", least=8),
    Column("encrypted", least=6),
    Column("authenticated", least=8),
    Column("addresses", least=8),
    Column("purpose", least=12),
)


def show_flows(flows: Sequence[Flow], environment: str, output: Output) -> None:
    """All connections of an environment."""
    if output.stream is not None:
        for flow in flows:
            output.stream.write("flow", **asdict(flow))
    if output.screen is not None:
        _show(flows, environment, output.screen)


def _show(flows: Sequence[Flow], environment: str, screen: Screen) -> None:
    if not flows:
        screen.line(f"Environment {environment} runs on this machine: nothing listens beyond its loopback.")
        return
    rows: dict[tuple[str, str], list[list[Part]]] = {}
    for flow in flows:
        rows.setdefault((flow.target, flow.target_zone), []).append(_row(flow))
    groups = [
        Group(["to ", (Style.STRONG, target), f" ({zone})"], of_target)
        for (target, zone), of_target in rows.items()
    ]
    show_groups(screen, _COLUMNS, groups, "  ")


def _row(flow: Flow) -> list[Part]:
    return [
        str(flow.port),
        (Style.STRONG, flow.source),
        flow.source_zone,
        flow.encrypted,
        flow.authenticated,
        addresses(flow),
        flow.purpose,
    ]


def addresses(flow: Flow) -> str:
    """The source's addresses for people."""
    return " ".join(flow.networks) or "any"


def flows_page(flows: Sequence[Flow], environment: str) -> str:
    """The table as a page of Markdown, for the bundle."""
    rows = "".join(
        f"| {f.source} | {f.source_zone} | {f.target} | {f.target_zone} | TCP {f.port} | {f.encrypted} "
        f"| {f.authenticated} | {addresses(f)} | {f.purpose} |\n"
        for f in flows
    )
    head = "| from | zone | to | zone | port | encrypted | authenticated | addresses | purpose |\n"
    return f"# Connections of {environment}\n\n{head}|{' --- |' * 9}\n{rows}"
