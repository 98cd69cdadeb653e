"""What stands at an address, and where each value came from.

Messages of the stream: ``fact`` (address, key, value, source (``file``, ``overlay``, ``default``,
``derived``), and place where it is written); ``below`` (address, addresses of the things in it).
"""

from __future__ import annotations

from aiotctl.model.explained import Explained, Fact, Source
from aiotctl.views.diagnostics import place_fields, place_text
from aiotctl.views.output import Output, Screen
from aiotctl.views.table import Column, show_table
from aiotctl.views.text import Part, Style

_COLUMNS = (Column("key", least=12), Column("value", least=16), Column("from", least=16))


def show_explained(explained: Explained, output: Output) -> None:
    """The facts of an address and what is in it."""
    if output.stream is not None:
        for fact in explained.facts:
            place = {"place": place_fields(fact.place)} if fact.place else {}
            output.stream.write(
                "fact",
                address=explained.address,
                key=fact.key,
                value=fact.value,
                source=fact.source.value,
                **place,
            )
        output.stream.write("below", address=explained.address, addresses=explained.below)
    if output.screen is not None:
        _show(explained, output.screen)


def _show(explained: Explained, screen: Screen) -> None:
    if explained.address:
        screen.line((Style.STRONG, explained.address))
    if explained.facts:
        show_table(screen, _COLUMNS, [_row(fact) for fact in explained.facts], "  ")
    if explained.below:
        screen.line()
        screen.line("In it (aiotctl show ADDRESS):")
    for address in explained.below:
        screen.line("  ", address)


def _row(fact: Fact) -> list[Part]:
    return [fact.key, (Style.STRONG, fact.value), (Style.FAINT, _origin(fact))]


def _origin(fact: Fact) -> str:
    if fact.place is None:
        return fact.source.value
    prefix = "overlay " if fact.source is Source.OVERLAY else ""
    return prefix + place_text(fact.place)
