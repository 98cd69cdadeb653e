"""A fleet's table: CSV with a header, one row a device."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from io import StringIO

from aiotctl.diagnostics import Place
from aiotctl.findings import Path

COLUMNS = ("site", "gateway", "device", "type", "endpoint", "timezone", "uplink", "egress")
NEEDED = ("site", "gateway", "device", "type")


@dataclass(frozen=True)
class Table:
    """Rows as text, in the order of the file; ``header`` names the columns."""

    file: str
    text: str
    header: tuple[str, ...]
    rows: list[list[str]]

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        """The line, from 1, where each row starts, the header first: quoted cells may hold line ends."""
        reader = csv.reader(StringIO(self.text), strict=True)
        starts: list[int] = []
        begin = 0
        for row in reader:
            if row:
                while begin < len(self._lines) and not self._lines[begin].strip("\r"):
                    begin += 1
                starts.append(begin + 1)
            begin = reader.line_num
        return starts

    @cached_property
    def _index(self) -> dict[tuple[str, ...], int]:
        """The first row of each site, gateway and device."""
        columns = [self.header.index(name) for name in ("site", "gateway", "device")]
        found: dict[tuple[str, ...], int] = {}
        for number, row in enumerate(self.rows):
            if len(row) == len(self.header):
                site, gateway, device = (row[column] for column in columns)
                found.setdefault((site,), number)
                found.setdefault((site, "gateways", gateway), number)
                found.setdefault((site, "devices", device), number)
        return found

    def cell(self, row: int, column: int) -> Place:
        """The place of a cell; row 0 is the first below the header, which is -1."""
        line = self._starts[row + 1]
        return Place(self.file, line, _column(self._lines[line - 1], column))

    def row_of(self, site: str, device: str) -> int | None:
        """The number of the first row of a device."""
        return self._index.get((site, "devices", device))

    def place(self, path: Path) -> Place | None:
        """The place of what a path of the blueprint names, where a row says it."""
        if path[:1] == ("fleet",) and len(path) >= 2 and isinstance(path[1], int):
            column = self.header.index(str(path[2])) if len(path) > 2 and path[2] in self.header else 0
            return self.cell(path[1], column)
        if path[:1] != ("sites",) or len(path) < 2:
            return None
        site, kind, name = (*map(str, path[1:4]), "", "")[:3]
        wanted = {"devices": "device", "gateways": "gateway"}.get(kind, "site")
        number = self._index.get((site,) if wanted == "site" else (site, kind, name))
        if number is None:
            return None
        keys = [".".join(map(str, path[4:end])) for end in range(len(path), 4, -1)]
        shown = next((one for one in (*keys, kind) if one in self.header), wanted)
        return self.cell(number, self.header.index(shown))


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
