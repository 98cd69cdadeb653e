"""Load: from files to a document. The only effect is reading bytes, and it is one parameter."""

from __future__ import annotations

import csv
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path as FilePath
from typing import Any, cast

from aiotctl.diagnostics import Diagnostic, Place
from aiotctl.findings import Kind, Path, listed, nearest, visible
from aiotctl.pipeline.document import Document, Source
from aiotctl.pipeline.language import kinds, quick
from aiotctl.pipeline.language.data import mapping_of
from aiotctl.pipeline.language.events import Reader
from aiotctl.pipeline.language.table import NEEDED, Table

ReadBytes = Callable[[str], bytes]

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_ENDS = str.maketrans("", "", "\t\r\n")
_SECTIONS = ("device_types", "sites", "pipelines", "platform", "environments")
"""Sections that may come from files of their own, as a whole or entry by entry."""

MOST_FILES = 1000
"""Files that one blueprint may take in: what is beyond it is a mistake that multiplies itself."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document (empty where nothing could be read) and what was found while reading."""

    document: Document
    findings: tuple[Diagnostic, ...]


def read_bytes(file: str) -> bytes:
    """The bytes of a file; raises ``OSError``."""
    return FilePath(file).read_bytes()


def load(file: str | FilePath, read: ReadBytes = read_bytes) -> Loaded:
    """The blueprint in a file, with everything that it takes in with ``from:``."""
    return _Loading(str(file), read).load()


class _Loading:
    def __init__(self, file: str, read: ReadBytes) -> None:
        self.file = file
        self.read_bytes = read
        self.sources: dict[str, Source] = {}
        self.findings: list[Diagnostic] = []
        self.mounts: dict[Path, tuple[str, ...]] = {}
        self.gaps: set[Path] = set()
        self.followed = 0
        self.parsed: dict[str, dict[str, Any] | None] = {}

    def load(self) -> Loaded:
        data = self.mapping(self.file, None)
        fleet = None
        if data:
            for section in _SECTIONS:
                if mapping_of(data.get(section)):
                    data[section] = self.section(section, data[section])
            fleet = self.fleet(data.get("fleet"))
        sources = tuple(self.sources.values())
        document = Document(self.file, data or {}, sources, self.mounts, fleet, frozenset(self.gaps))
        return Loaded(document, tuple(self.findings))

    def add(self, kind: Kind, place: Place, detail: str, remedy: str) -> None:
        told = visible(detail), visible(remedy)
        self.findings.append(Diagnostic(kind.code, kind.summary, *told, place, kind.severity))

    def text(self, file: str, asked: Place | None) -> str | None:
        """The text of a file; None after telling why there is none. ``asked``: where the file was named."""
        try:
            content = self.read_bytes(file)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.add(
                kinds.UNREADABLE,
                asked or Place(file),
                f"{file}: {reason}.",
                "Check the name; it is relative to the file that names it."
                if asked
                else "Check the name and the rights.",
            )
            return None
        self.sources[file] = Source(file, content)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = content[: error.start]
            line_start = before.rfind(b"\n") + 1
            column = len(before[line_start:].decode("utf-8", "replace")) + 1
            place = Place(file, before.count(b"\n") + 1, column)
            detail = f"The byte 0x{content[error.start]:02x} here begins no UTF-8 character."
            self.add(kinds.ENCODING, place, detail, "Save the file as UTF-8.")
            return None
        control = _CONTROL.search(content)
        if control:
            before = content[: control.start()]
            column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
            place = Place(file, before.count(b"\n") + 1, column)
            self.add(kinds.CONTROL, place, f"The byte 0x{control[0][0]:02x} cannot be seen.", "Remove it.")
            return None
        return text

    def mapping(self, file: str, asked: Place | None) -> dict[str, Any] | None:
        """The mapping in a YAML file; what is wrong with a file is told once."""
        if file not in self.parsed:
            self.parsed[file] = self.parse(file, asked)
        return self.parsed[file]

    def parse(self, file: str, asked: Place | None) -> dict[str, Any] | None:
        text = self.text(file, asked)
        if text is None:
            return None
        value = quick.read(text)
        if isinstance(value, dict):
            return value
        reader = Reader(text)
        value = reader.read()
        for kind, line, column, detail, remedy in reader.problems:
            if kind is kinds.SYNTAX and _tab_at(text, line, column):
                kind, detail, remedy = kinds.TAB, "A tab stands here.", "Indent with spaces."
            self.add(kind, Place(file, line, column), detail, remedy)
        if isinstance(value, dict):
            return value
        if value is not None or not reader.problems:
            what = "nothing" if value is None else "a list" if isinstance(value, list) else "a single value"
            remedy = "Write keys and values, such as `name: press-shop`."
            self.add(kinds.NOT_A_MAPPING, Place(file, 1, 1), f"It holds {what}.", remedy)
        return None

    def section(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """A section, and each of its entries, with what they take from other files."""
        if "from" not in data and not any("from" in mapping_of(entry) for entry in data.values()):
            return data
        merged, files = self.part(data, (name,), (name,), (self.file,), entries=True)
        self.mounts[(name,)] = files
        return merged

    def part(
        self, data: dict[str, Any], path: Path, inner: Path, chain: tuple[str, ...], *, entries: bool
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """A mapping at a path of the blueprint, at ``inner`` in the last file of the chain, with what its
        ``from:`` takes in; and the files of that, the strongest first. What is written beside ``from:`` wins.
        """
        own = {key: value for key, value in data.items() if key != "from"}
        if entries:
            for name, entry in own.items():
                if "from" in mapping_of(entry):
                    where, there = (*path, name), (*inner, name)
                    own[name], files = self.part(mapping_of(entry), where, there, chain, entries=False)
                    self.mounts[where] = (*files, *self.mounts.get(where, ()))
        merged: dict[str, Any] = {}
        taken: tuple[str, ...] = ()
        for file in self.named(data.get("from", []), (*inner, "from"), chain):
            content = self.mapping(file, self.place(chain[-1], (*inner, "from")))
            if content is None:
                self.gaps.add(path)
                continue
            more, files = self.part(content, path, (), (*chain, file), entries=entries)
            merged.update(more)
            taken = (file, *files, *taken)
        return {**merged, **own}, tuple(dict.fromkeys(taken))

    def place(self, file: str, path: Path) -> Place:
        """The place of a path in one file."""
        return Document(file, {}, tuple(self.sources.values())).place(path)

    def named(self, written: object, inner: Path, chain: tuple[str, ...]) -> list[str]:
        """The files that a ``from:`` names, as far as they can be followed."""
        files: list[str] = []
        for name in cast("list[object]", written) if isinstance(written, list) else [written]:
            self.followed += 1
            if not isinstance(name, str) or not name or not name.isprintable():
                detail = "`from` names a file, or a list of files."
                self.add(kinds.WRONG_TYPE, self.place(chain[-1], inner), detail, "Write `from: types.yaml`.")
                continue
            file = beside(chain[-1], name)
            if file in chain or self.followed > MOST_FILES:
                detail = f"{' -> '.join((*chain, file))} leads back to where it began."
                if file not in chain:
                    detail = f"More than {MOST_FILES} files are taken in."
                self.add(kinds.INCLUDE, self.place(chain[-1], inner), detail, "Take one of the `from:` out.")
                continue
            files.append(file)
        return files

    def fleet(self, section: object) -> Table | None:
        """The fleet's table."""
        name = mapping_of(section).get("from")
        if not isinstance(name, str) or not name.isprintable():
            return None
        file = beside(self.file, name)
        text = self.text(file, self.place(self.file, ("fleet", "from")))
        if text is None:
            self.gaps.add(("sites",))
            return None
        if not self.readable(file, text):
            return None
        try:
            rows = [row for row in csv.reader(StringIO(text), strict=True) if row]
        except csv.Error as error:
            self.add(kinds.CSV, Place(file, 1, 1), f"It is no sound CSV: {error}.", "Check the quotes.")
            self.gaps.add(("sites",))
            return None
        if not rows:
            self.add(
                kinds.CSV,
                Place(file, 1, 1),
                "It is empty.",
                f"The first line names the columns: {listed(NEEDED)}.",
            )
            self.gaps.add(("sites",))
            return None
        header = tuple(name.strip() for name in rows[0])
        table = Table(file, text, header, rows[1:])
        if self.sound_header(table):
            return table
        self.gaps.add(("sites",))
        return None

    def readable(self, file: str, text: str) -> bool:
        """Whether a table holds nothing that cannot be seen."""
        if text.translate(_LINE_ENDS).isprintable():
            return True
        for number, line in enumerate(text.split("\n"), 1):
            for column, letter in enumerate(line, 1):
                if not (letter.isprintable() or letter in "\t\r"):
                    detail = f"The character U+{ord(letter):04X} cannot be seen."
                    self.add(kinds.CONTROL, Place(file, number, column), detail, "Remove it.")
                    self.gaps.add(("sites",))
                    return False
        return True

    def sound_header(self, table: Table) -> bool:
        """Whether the columns can be told apart and those that are needed are there."""
        missing = [name for name in NEEDED if name not in table.header]
        place = Place(table.file, 1, 1)
        for name in missing:
            detail = f"There is no column `{name}`.{nearest(name, table.header)}"
            self.add(
                kinds.CSV, place, detail, f"The first line names the columns; needed are {listed(NEEDED)}."
            )
        twice = sorted({name for name in table.header if table.header.count(name) > 1})
        for name in twice:
            self.add(kinds.DUPLICATE, place, f"The column `{name}` is there twice.", "Remove one of them.")
        return not missing and not twice


def beside(file: str, name: str) -> str:
    """A file named in another one, relative to that one."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), name))


def _tab_at(text: str, line: int, column: int) -> bool:
    lines = text.split("\n")
    return 0 < line <= len(lines) and lines[line - 1][column - 1 : column] == "\t"
