"""Findings for people and for the stream: the source line with the place marked, why, how to mend it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from aiotctl.diagnostics import Diagnostic, Place, Severity
from aiotctl.views.output import Field, Output, Screen, Stream
from aiotctl.views.text import Part, Style, cells, count, escaped

Sources = Callable[[str], Sequence[str]]
"""Gives the lines of a file named by a place; none where it cannot be read."""

_STYLES = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING}
# What a column points at: a quoted string, or a plain scalar up to the next separator of YAML or CSV.
_MARKED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'|(?:[^\s,:{}\[\]#]|:(?=[^\s,}\]])|#)+')
# What may be a secret on a line: the value of a password that does not name one of the vault, and the
# credentials of a URL.
_SECRET = re.compile(
    r"""(?<=password:)\s*(?!\s|\{)(?:"[^"]*"|'[^']*'|[^\s,}]+)|(?<=://)[^/@\s]+(?=@)""", re.IGNORECASE
)
_CLEAR_SECRET = "secret-in-clear"  # noqa: S105 - the code of a finding
_WIDEST_SOURCE = 200


def show_diagnostics(diagnostics: Sequence[Diagnostic], output: Output, sources: Sources) -> None:
    """Tells what went wrong in a command: on the notes for people, in the stream for machines."""
    if output.stream is not None:
        write_diagnostics(diagnostics, output.stream)
    if output.screen is not None:
        human_diagnostics(diagnostics, output.notes, sources)


def write_diagnostics(diagnostics: Iterable[Diagnostic], stream: Stream) -> None:
    """One ``diagnostic`` message each."""
    for diagnostic in ordered(diagnostics):
        stream.write("diagnostic", **diagnostic_fields(diagnostic))


def diagnostic_fields(diagnostic: Diagnostic) -> dict[str, Field]:
    """The fields of a ``diagnostic`` message; those that have nothing to say are left out."""
    fields: dict[str, Field] = {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "summary": diagnostic.summary,
        "detail": diagnostic.detail,
        "remedy": diagnostic.remedy,
    }
    if diagnostic.place is not None:
        fields["place"] = place_fields(diagnostic.place)
    if diagnostic.address:
        fields["address"] = diagnostic.address
    if diagnostic.related:
        fields["related"] = [
            {"place": place_fields(place), "word": word} for place, word in diagnostic.related
        ]
    return fields


def ordered(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """In the order in which a person reads: those of no file first, then file by file from top to bottom."""
    return sorted(diagnostics, key=lambda d: (d.place or Place(""), d.code, d.detail))


def human_diagnostics(diagnostics: Sequence[Diagnostic], screen: Screen, sources: Sources) -> None:
    """Every finding with its source line."""
    for index, diagnostic in enumerate(ordered(diagnostics)):
        if index:
            screen.line()
        human_diagnostic(diagnostic, screen, sources)
    screen.flush()


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """``3 errors and 1 warning in 2 files``."""
    found = list(diagnostics)
    by_severity = Counter(diagnostic.severity for diagnostic in found)
    words = [count(by_severity[kind], kind.value) for kind in Severity if by_severity[kind]]
    files = {diagnostic.place.file for diagnostic in found if diagnostic.place is not None}
    return " and ".join(words) + (f" in {count(len(files), 'file')}" if files else "")


def place_fields(place: Place) -> dict[str, Field]:
    """The fields of a place in a message: file, and line and column where they are known."""
    fields: dict[str, Field] = {"file": place.file}
    if place.line:
        fields |= {"line": place.line, "column": place.column}
    return fields


def human_diagnostic(diagnostic: Diagnostic, screen: Screen, sources: Sources) -> None:
    """One finding."""
    head: list[Part] = []
    if diagnostic.place is not None:
        head += [(Style.PLACE, place_text(diagnostic.place)), ": "]
    head += [(_STYLES[diagnostic.severity], diagnostic.severity.value), ": "]
    screen.line(*head, (Style.STRONG, diagnostic.summary), (Style.FAINT, f" [{diagnostic.code}]"))
    if diagnostic.place is not None and diagnostic.place.line:
        _show_source(diagnostic, diagnostic.place, screen, sources)
    screen.paragraph(diagnostic.detail, "  ")
    for place, word in diagnostic.related:
        screen.line("  ", (Style.PLACE, place_text(place)), f": {word}")
    if diagnostic.remedy:
        screen.paragraph(f"to mend it: {diagnostic.remedy}", "  ", Style.GOOD)


def place_text(place: Place) -> str:
    """``blueprint.yaml:31:17``, as editors and terminals turn it into a link."""
    return f"{place.file}:{place.line}:{max(place.column, 1)}" if place.line else place.file


def _show_source(diagnostic: Diagnostic, place: Place, screen: Screen, sources: Sources) -> None:
    lines = sources(place.file)
    if place.line > len(lines):
        return
    start = max(place.column, 1) - 1
    line = _SECRET.sub(_veil, lines[place.line - 1].rstrip("\r\n"))
    if diagnostic.code == _CLEAR_SECRET and start < len(line):
        shown = _marked(line, start)
        line = line[:start] + "•" * len(shown) + line[start + len(shown) :]
    line, start = _window(line, start, screen.width or _WIDEST_SOURCE)
    margin = f"{place.line:>5} | "
    screen.line((Style.FAINT, margin), line)
    if place.column:
        before = " " * cells(escaped(line[:start]))
        marks = "^" * max(1, cells(escaped(_marked(line, start))))
        screen.line((Style.FAINT, " " * 5 + " | "), before, (_STYLES[diagnostic.severity], marks))


def _veil(found: re.Match[str]) -> str:
    """Dots as wide as what they hide, so that the marks below the line stay in place."""
    hidden = found.group()
    spaces = len(hidden) - len(hidden.lstrip())
    return " " * spaces + "•" * (len(hidden) - spaces)


def _marked(line: str, start: int) -> str:
    """The piece of the line that the column points at."""
    found = _MARKED.match(line, start)
    return found.group() if found else line[start : start + 1]


def _window(line: str, start: int, width: int) -> tuple[str, int]:
    """A long line cut around the place, and where the place is in what is left."""
    room = max(20, width - 8)
    if len(line) <= room:
        return line, start
    left = max(0, min(start - room // 3, len(line) - room))
    cut = line[left : left + room]
    if left:
        cut = "…" + cut[1:]
    if left + room < len(line):
        cut = cut[:-1] + "…"
    return cut, start - left
