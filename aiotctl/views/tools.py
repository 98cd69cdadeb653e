"""The external programs: which are wanted, where they are, how they are had.

Messages of the stream: ``program`` (name, wanted, licence, state ``there`` or ``absent``, and of one that is
there version, origin, path; of one that is not ways [{origin, how, reason}] with an empty reason where the
way is open); ``bundle_written`` (path, programs); while obtaining also ``tool_progress``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiotctl.views.output import Output, Screen
from aiotctl.views.table import Column, show_table
from aiotctl.views.text import Part, Style, count


@dataclass(frozen=True, slots=True)
class Way:
    """One way to have a program; ``reason`` says why it cannot be gone now, empty where it can."""

    origin: str
    how: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """One program. ``path`` is empty where it is not there; ``unfit`` what was found and does not fit."""

    name: str
    wanted: str
    licence: str
    version: str = ""
    origin: str = ""
    path: str = ""
    unfit: str = ""
    ways: tuple[Way, ...] = ()


def show_programs(programs: Sequence[Program], output: Output) -> None:
    """Every program, on the screen, in the stream, or both."""
    if output.stream is not None:
        for program in programs:
            _write(program, output)
    if output.screen is not None:
        _show(programs, output.screen)


def show_bundle(path: str, names: Sequence[str], output: Output) -> None:
    """A bundle that was packed, and how it is used."""
    if output.stream is not None:
        output.stream.write("bundle_written", path=path, programs=names)
    if output.screen is not None:
        output.screen.line((Style.GOOD, "Packed"), f" {', '.join(names)} into {path}")
        output.screen.line(
            "Where there is no network: ", (Style.STRONG, f"export AIOTCTL_TOOLS_BUNDLE={path}")
        )


def _show(programs: Sequence[Program], screen: Screen) -> None:
    columns = (
        Column("program"),
        Column("wanted"),
        Column("found"),
        Column("from"),
        Column("where", least=16),
    )
    show_table(screen, columns, [_row(program) for program in programs])
    for program in programs:
        if program.unfit:
            screen.line((Style.DOUBTFUL, program.name), f": {program.unfit}")
    absent = [program for program in programs if not program.path]
    if not absent:
        return
    screen.line()
    screen.line(
        f"{count(len(absent), 'program')} to obtain; the first apply does it, or: aiotctl tools install"
    )
    for program in absent:
        screen.line("  ", (Style.STRONG, program.name))
        for way in program.ways:
            closed = f" (not now: {way.reason})" if way.reason else ""
            screen.line("    ", f"{way.origin}: {way.how}", (Style.FAINT, closed))


def _row(program: Program) -> list[Part]:
    if program.path:
        return [
            program.name,
            program.wanted,
            (Style.GOOD, program.version),
            program.origin,
            (Style.FAINT, program.path),
        ]
    return [program.name, program.wanted, (Style.DOUBTFUL, "not yet"), "", ""]


def _write(program: Program, output: Output) -> None:
    assert output.stream is not None
    base = {"name": program.name, "wanted": program.wanted, "licence": program.licence}
    if program.path:
        output.stream.write(
            "program",
            **base,
            state="there",
            version=program.version,
            origin=program.origin,
            path=program.path,
        )
    else:
        ways = [{"origin": way.origin, "how": way.how, "reason": way.reason} for way in program.ways]
        output.stream.write("program", **base, state="absent", ways=ways)
