"""Changes in the blueprint's own words: ``pipeline press-health: deadband pressure 0.2 bar -> 0.5 bar``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from aiotctl.model.plan import Action, Change, FactChange
from aiotctl.views.output import Screen
from aiotctl.views.text import Part, Style, listed
from aiotctl.views.units import mark, reach

_CONTAINERS = frozenset({"steps", "points", "options", "settings", "read", "devices"})
"""Keys that say where a thing is kept and nothing of what it is."""
_LONGEST = 60


def show_facts(facts: Sequence[FactChange], changes: dict[str, Change], screen: Screen) -> None:
    """One line a difference, and below those of one part whom they reach. Parts that come or go as a whole
    stand together: each of their differences is that they are new.
    """
    for (action, _, units), group in groupby(facts, key=_kin):
        together = list(group)
        if action is None:
            for fact in together:
                screen.line("  ", *_line(fact))
        else:
            screen.line(
                "  ", mark(action), " ", (Style.STRONG, listed([part_words(f.part) for f in together], 12))
            )
        reached = reach(units, changes)
        if reached:
            screen.line("      ", (Style.FAINT, reached))


def _kin(fact: FactChange) -> tuple[Action | None, str, tuple[str, ...]]:
    """Differences with the same kin are told together."""
    return (None, fact.part, fact.units) if fact.path else (_action(fact), "", fact.units)


def _line(fact: FactChange) -> Iterator[Part]:
    yield mark(_action(fact))
    yield " "
    yield (Style.STRONG, part_words(fact.part))
    yield f": {path_words(fact.path)}"
    if fact.before is None:
        yield "" if _is_branch(fact.after) else f" {fact.after}"
    elif fact.after is None:
        yield " is removed"
    else:
        yield f" {_brief(fact.before)} -> {_brief(fact.after)}"


def part_words(part: str) -> str:
    """An address as words: ``pipeline press-health``, ``gateway plant-a/gw-1``."""
    kind, _, name = part.partition("/")
    if kind == "host" and "/" in name:
        kind = "gateway"
    return f"{kind.replace('_', ' ')} {name}".strip()


def path_words(path: Sequence[str]) -> str:
    """Keys as words, without those that only say where a thing is kept, and without positions in lists."""
    kept = [key.replace("_", " ") for key in path if key not in _CONTAINERS and not key.isdigit()]
    return " ".join(kept)


def _action(fact: FactChange) -> Action:
    if fact.after is None:
        return Action.DELETE
    return Action.UPDATE if fact.before else Action.CREATE


def _is_branch(value: str | None) -> bool:
    """Whether a value is a whole tree (a new device), which is nothing to read in one line."""
    return value is not None and value.startswith(("{", "["))


def _brief(value: str) -> str:
    return value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
