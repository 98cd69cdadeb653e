"""Changes in the blueprint's own words: ``pipeline press-health: deadband pressure 0.2 bar -> 0.5 bar``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from aiotctl.model.plan import Action, Change, FactChange
from aiotctl.quantities import duration_text
from aiotctl.views.output import Screen
from aiotctl.views.text import Part, Style, listed
from aiotctl.views.units import mark, reach

_CONTAINERS = frozenset({"steps", "points", "options", "settings", "read", "devices"})
"""Keys that say where a thing is kept and nothing of what it is."""
_MILLISECONDS = "_ms"
_LONGEST = 60


def show_facts(facts: Sequence[FactChange], changes: dict[str, Change], screen: Screen) -> None:
    """One line a difference, and below those with the same reach whom they reach: what happens there may come
    of any of them.
    """
    for units, group in groupby(facts, key=lambda fact: fact.units):
        for (action, _), kin in groupby(group, key=_kin):
            together = list(kin)
            if action is None:
                for fact in together:
                    screen.line("  ", *_line(fact))
            else:
                names = listed([part_words(fact.part) for fact in together], 12)
                screen.line("  ", mark(action), " ", (Style.STRONG, names))
        reached = reach(units, changes)
        if reached:
            screen.line("      ", (Style.FAINT, reached))


def _kin(fact: FactChange) -> tuple[Action | None, str]:
    """Parts that come or go as a whole are told in one line: of each there is only to say that it is new or
    gone.
    """
    return (None, fact.part) if fact.path else (_action(fact), "")


def _line(fact: FactChange) -> Iterator[Part]:
    words = path_words(fact.path)
    yield mark(_action(fact))
    yield " "
    yield (Style.STRONG, part_words(fact.part))
    yield f": {words}"
    if fact.before is None:
        yield "" if _is_branch(fact.after) else f" {_value(fact, fact.after)}"
    elif fact.after is None:
        yield " is removed"
    else:
        yield f" {_value(fact, fact.before)} -> {_value(fact, fact.after)}"


def part_words(part: str) -> str:
    """An address as words: ``pipeline press-health``, ``gateway plant-a/gw-1``."""
    kind, _, name = part.partition("/")
    if kind == "host" and "/" in name:
        kind = "gateway"
    return f"{kind.replace('_', ' ')} {name}".strip()


def path_words(path: Sequence[str]) -> str:
    """Keys as words, without those that only say where a thing is kept, and without positions in lists."""
    kept = [key for key in path if key not in _CONTAINERS and not key.isdigit()]
    return " ".join(key.removesuffix(_MILLISECONDS).replace("_", " ") for key in kept or path[-1:])


def _action(fact: FactChange) -> Action:
    if fact.after is None:
        return Action.DELETE
    return Action.UPDATE if fact.before else Action.CREATE


def _is_branch(value: str | None) -> bool:
    """Whether a value is a whole tree (a new device), which is nothing to read in one line."""
    return value is not None and value.startswith(("{", "["))


def _value(fact: FactChange, value: str | None) -> str:
    """A value as people write it, in one line."""
    text = value or ""
    if fact.path[-1].endswith(_MILLISECONDS) and text.isdigit():
        text = duration_text(int(text))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
