"""Tables in plain columns: aligned, and made to fit the terminal by shortening what can bear it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiotctl.views.output import Screen
from aiotctl.views.text import Part, Style, cells, escaped, shortened

GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """``least`` is the width below which the column is never shortened; None: it is never shortened."""

    title: str
    right: bool = False
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together, below a line of their own (none where it is empty)."""

    title: Sequence[Part]
    rows: Sequence[Sequence[Part]]


def show_table(
    screen: Screen, columns: Sequence[Column], rows: Sequence[Sequence[Part]], indent: str = ""
) -> None:
    """Writes a head and the rows."""
    show_groups(screen, columns, [Group((), rows)], indent)


def show_groups(screen: Screen, columns: Sequence[Column], groups: Sequence[Group], indent: str = "") -> None:
    """Writes one head and the rows of all groups, in the same columns."""
    texts = [[escaped(_text(cell)) for cell in row] for group in groups for row in group.rows]
    widths = _widths(screen.width, columns, texts, len(indent))
    _show_row(screen, columns, widths, [(Style.FAINT, column.title) for column in columns], indent)
    for group in groups:
        if group.title:
            screen.line(*group.title)
        for row in group.rows:
            _show_row(screen, columns, widths, row, indent)


def _show_row(
    screen: Screen, columns: Sequence[Column], widths: Sequence[int], row: Sequence[Part], indent: str
) -> None:
    parts: list[Part] = [indent]
    last = max((index for index, cell in enumerate(row) if _text(cell)), default=-1)
    for index, (column, width, cell) in enumerate(zip(columns, widths, row, strict=True)):
        if index > last:
            break
        text = shortened(escaped(_text(cell)), width)
        padding = " " * (width - cells(text))
        painted: Part = text if isinstance(cell, str) else (cell[0], text)
        if column.right:
            parts += [padding, painted]
        else:
            parts += [painted] if index == last else [painted, padding]
        if index != last:
            parts.append(GAP)
    screen.line(*parts)


def _text(cell: Part) -> str:
    return cell if isinstance(cell, str) else cell[1]


def _widths(
    room: int | None, columns: Sequence[Column], texts: Sequence[Sequence[str]], indent: int
) -> list[int]:
    """Natural widths, taken from the widest column that may be shortened until the table fits."""
    widths = [
        max([cells(column.title), *(cells(row[index]) for row in texts)])
        for index, column in enumerate(columns)
    ]
    if room is None:
        return widths
    excess = sum(widths) + len(GAP) * (len(columns) - 1) + indent - room
    while excess > 0:
        candidates = [
            (width, index)
            for index, (width, column) in enumerate(zip(widths, columns, strict=True))
            if column.least is not None and width > column.least
        ]
        if not candidates:
            break
        widest = max(candidates)[1]
        widths[widest] -= 1
        excess -= 1
    return widths
