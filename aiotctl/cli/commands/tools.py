"""List the external programs, obtain them, or pack them for a machine without a network."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aiotctl.cli import context
from aiotctl.cli.context import Context
from aiotctl.cli.declared import argument
from aiotctl.errors import Exit, failure
from aiotctl.views.apply import telling
from aiotctl.views.tools import Program, Way, show_bundle, show_programs

if TYPE_CHECKING:
    from aiotctl.toolbox.obtain import Finding


class What(StrEnum):
    """What to do with the programs."""

    LIST = "list"
    INSTALL = "install"
    BUNDLE = "bundle"


def run(
    ctx: typer.Context,
    what: Annotated[What, argument("list; install NAMES...; bundle FILE.")] = What.LIST,
    words: Annotated[
        list[str] | None,
        argument("Programs to install (none: all), or the file to pack into.", metavar="[WORDS]..."),
    ] = None,
) -> Exit:
    """Lists every external program: the version wanted, where it was found, how it is had otherwise.
    `install` obtains them now instead of at the first apply; `bundle FILE` packs them for a machine without a
    network, where AIOTCTL_TOOLS_BUNDLE names the file.
    """
    here, given = context.of(ctx), words or []
    if what is What.LIST:
        _list(here, given)
    elif what is What.INSTALL:
        _install(here, given)
    else:
        _bundle(here, given)
    return Exit.OK


def _list(here: Context, names: list[str]) -> None:
    from aiotctl.toolbox.obtain import survey

    wanted = set(_known(names))
    show_programs([_program(found) for found in survey() if found.pin.name in wanted], here.output)


def _install(here: Context, names: list[str]) -> None:
    from aiotctl.toolbox.obtain import ensure

    chosen = list(_known(names))
    with telling(here.output, "tools", lambda: False) as (tell, _):
        ensure(chosen, tell)
    _list(here, chosen)


def _bundle(here: Context, words: list[str]) -> None:
    from aiotctl.toolbox.bundle import pack
    from aiotctl.toolbox.obtain import ensure
    from aiotctl.toolbox.pins import pins

    if len(words) != 1:
        raise failure(
            "bundle-file", "One file is needed", "`tools bundle` packs into a file.", "Name it.", Exit.USAGE
        )
    names = [pin.name for pin in pins().values() if pin.bundled]
    with telling(here.output, "tools", lambda: False) as (tell, _):
        pack(Path(words[0]), ensure(names, tell).values(), tell)
    show_bundle(words[0], names, here.output)


def _known(names: Iterable[str]) -> list[str]:
    """The programs meant: those named, or all but the ones that are only there to build others."""
    from aiotctl.toolbox.pins import pins

    unknown = [name for name in names if name not in pins()]
    if unknown:
        raise failure(
            "unknown-program",
            "There is no such program here",
            f"aiotctl does not use {', '.join(unknown)}.",
            f"It uses {', '.join(pins())}.",
            Exit.USAGE,
        )
    return list(names) or [pin.name for pin in pins().values() if not pin.for_building]


def _program(found: Finding) -> Program:
    tool = found.tool
    return Program(
        name=found.pin.name,
        wanted=found.pin.version,
        licence=found.pin.licence,
        version=tool.version if tool else "",
        origin=tool.origin.value if tool else "",
        path=str(tool.path) if tool else "",
        unfit=found.unfit,
        ways=tuple(Way(way.origin.value, way.how, getattr(way, "reason", "")) for way in found.ways),
    )
