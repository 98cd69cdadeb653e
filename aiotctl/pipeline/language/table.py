"""A fleet's table: CSV with a header, one row a device."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO

from aiotctl.diagnostics import Place
from aiotctl.findings import Path

COLUMNS = ("site", "gateway", "device", "type", "endpoint", "timezone", "uplink")
NEEDED = ("site", "gateway", "device", "type")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as text, in the order of the file; ``header`` names the columns."""

    file: str
    text: str
    header: tuple[str, ...]
    rows: list[list[str]]

    def cell(self, row: int, column: int) -> Place:
        """The place of a cell; row 0 is the first below the header. Reads the text anew: quoted cells may
        hold line ends."""
        reader = csv.reader(StringIO(self.text), strict=True)
        line, number = 1, -2
        for cells in reader:
            if cells:
                number += 1
            if number == row - 1 and cells:
                line = reader.line_num + 1
            if number == row:
                break
        lines = self.text.split("\n")
        while line <= len(lines) and not lines[line - 1].strip():
            line += 1
        return Place(self.file, line, _column(lines[line - 1] if line <= len(lines) else "", column))

    def place(self, path: Path) -> Place | None:
        """The place of what a path of the blueprint names, where a row says it."""
        if path[:1] == ("fleet",) and len(path) >= 2 and isinstance(path[1], int):
            column = self.header.index(str(path[2])) if len(path) > 2 and path[2] in self.header else 0
            return self.cell(path[1], column)
        if path[:1] != ("sites",) or len(path) < 2:
            return None
        site, kind, name, key = (*map(str, path[1:5]), "", "", "")[:4]
        wanted = {"devices": "device", "gateways": "gateway"}.get(kind, "")
        site_column = self.header.index("site")
        column = self.header.index(wanted) if wanted else site_column
        for number, row in enumerate(self.rows):
            if row[site_column] == site and (not wanted or row[column] == name):
                shown = key if key in self.header else kind if kind in self.header else ""
                return self.cell(number, self.header.index(shown) if shown else column)
        return None


def _column(line: str, wanted: int) -> int:
    """Where a cell starts in its line, from 1."""
    quoted, number = False, 0
    for position, letter in enumerate(line):
        if number == wanted:
            return position + 1
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            number += 1
    return len(line) + 1
