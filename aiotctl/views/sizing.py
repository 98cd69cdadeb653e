"""The sizes of what a cloud makes: quantities, formulas, and what they cost by a person's own prices.

Messages of the stream: ``load``, ``size`` for each thing (with ``monthly`` where there are prices), ``cost``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from aiotctl.model.sizing import Prices, Sized, Sizing
from aiotctl.views.output import Field, Output, Screen
from aiotctl.views.table import Column, Group, show_groups
from aiotctl.views.text import Part, Style

GIB = 1 << 30


def show_sizing(sizing: Sizing, prices: Prices | None, output: Output) -> None:
    """The sizing of one environment; ``prices`` None: nothing is said of money."""
    if output.stream is not None:
        output.stream.write("load", **asdict(sizing.load))
        for thing in sizing.things:
            output.stream.write("size", **_fields(thing, prices))
        if prices:
            total = sum(map(prices.of, sizing.things))
            output.stream.write("cost", monthly=total, currency=prices.currency, note=prices.note)
    if output.screen is not None:
        _show(sizing, prices, output.screen)


def _fields(thing: Sized, prices: Prices | None) -> Mapping[str, Field]:
    money = {"monthly": prices.of(thing)} if prices else {}
    return {
        "name": thing.name,
        "kind": thing.kind,
        "count": thing.count,
        "vcpus": thing.size.vcpus,
        "memory_gib": thing.size.memory_gib,
        "disk_gib": thing.size.disk_gib,
        "because": dict(thing.size.because),
        **money,
    }


def _show(sizing: Sizing, prices: Prices | None, screen: Screen) -> None:
    load = sizing.load
    screen.line((Style.STRONG, f"Environment {sizing.environment}"))
    screen.line(f"  values a second  {load.values_per_second:,.1f}, as if nothing were filtered")
    screen.line(f"  bytes a day      {load.bytes_per_day / GIB:,.2f} GiB in the database")
    screen.line(f"  kept             {load.retain_days:g} d in the database{_in_lake(load.lake_days)}")
    if not sizing.things:
        screen.line("Nothing of it is made by a cloud.")
        return
    screen.line()
    _table(sizing, prices, screen)
    screen.line()
    for thing in sizing.things:
        screen.line((Style.STRONG, thing.name))
        for what, words in thing.size.because:
            screen.paragraph(f"{what}: {words}", "  ")
    if prices and prices.note:
        screen.line()
        screen.paragraph(prices.note)


def _in_lake(days: float) -> str:
    return f", {days:g} d in the lake" if days else ""


def _table(sizing: Sizing, prices: Prices | None, screen: Screen) -> None:
    columns = [Column(sizing.cloud, least=8), Column("count", right=True), Column("vCPU", right=True)]
    columns += [Column("memory", right=True), Column("disk", right=True)]
    columns += [Column("a month", right=True)] if prices else []
    rows = [_row(thing, prices) for thing in sizing.things]
    if prices:
        total = sum(map(prices.of, sizing.things))
        rows.append([(Style.STRONG, "together"), "", "", "", "", _money(total, prices)])
    show_groups(screen, columns, [Group((), rows)], "  ")


def _row(thing: Sized, prices: Prices | None) -> list[Part]:
    size = thing.size
    row: list[Part] = [(Style.STRONG, thing.name), str(thing.count), str(size.vcpus) if size.vcpus else ""]
    row.append(f"{size.memory_gib} GiB" if size.memory_gib else "")
    row.append(f"{size.disk_gib} GiB" if size.disk_gib else "")
    return [*row, _money(prices.of(thing), prices)] if prices else row


def _money(amount: float, prices: Prices) -> str:
    return f"{amount:,.2f} {prices.currency}"
