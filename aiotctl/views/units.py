"""Units, actions and effects in a person's words; plan and apply share them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiotctl.model.address import is_central
from aiotctl.model.plan import Action, Change, Effect
from aiotctl.views.text import Part, Style, count, listed

SYMBOLS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.DELETE: "-",
    Action.REPAIR: "!",
    Action.MAYBE: "?",
    Action.NONE: " ",
}
STYLES = {
    Action.CREATE: Style.ADD,
    Action.UPDATE: Style.CHANGE,
    Action.DELETE: Style.REMOVE,
    Action.REPAIR: Style.REPAIR,
    Action.MAYBE: Style.DOUBTFUL,
    Action.NONE: Style.FAINT,
}
VERBS = {
    Action.CREATE: "create",
    Action.UPDATE: "update",
    Action.DELETE: "remove",
    Action.REPAIR: "repair",
    Action.MAYBE: "update, maybe",
    Action.NONE: "nothing",
}
DOING = {
    Action.CREATE: "creating",
    Action.UPDATE: "updating",
    Action.DELETE: "removing",
    Action.REPAIR: "repairing",
    Action.MAYBE: "updating",
    Action.NONE: "looking",
}
_SINGULAR = {
    "services": "service",
    "files": "file",
    "views": "view",
    "series": "series",
    "machines": "machine",
    "databases": "database",
    "buckets": "bucket",
    "registries": "registry",
    "clusters": "cluster",
}
_PAST = {
    "create": "started",
    "start": "started",
    "restart": "restarted",
    "reload": "reloaded",
    "update": "updated",
    "stop": "stopped",
    "delete": "stopped",
}
"""What was done to a service: one that comes is started, one that goes is stopped."""
_TOLD = ("file", "program", "migration", "view", "resource")
"""Kinds of items that are counted; directories and our own records go without saying."""


def mark(action: Action) -> Part:
    """The sign of an action in its colour."""
    return STYLES[action], SYMBOLS[action]


def is_gateway(address: str) -> bool:
    """Whether a unit is the host of a gateway, not one of the central ones."""
    return not is_central(address)


def counted(counts: Iterable[tuple[str, int]]) -> str:
    """``3 services, 12 files``."""
    return ", ".join(
        f"{number:,} {_SINGULAR.get(noun, noun) if number == 1 else noun}" for noun, number in counts
    )


def effect_words(effects: Iterable[Effect]) -> str:
    """``telegraf restarts; nats and postgres start``: what happens to which services."""
    by_what: dict[str, list[str]] = {}
    for effect in effects:
        services = by_what.setdefault(effect.what, [])
        if effect.service not in services:
            services.append(effect.service)
    return "; ".join(f"{_joined(names)} {_verb(what, len(names))}" for what, names in by_what.items())


def secret_words(names: Sequence[str]) -> str:
    """``secret plc-password changed``: the names alone, never a value."""
    noun = "secret" if len(names) == 1 else "secrets"
    return f"{noun} {listed(names)} changed" if names else ""


def items_words(items: Iterable[tuple[str, str]]) -> str:
    """``12 files; nats and postgres started``: what was done to the things of a unit."""
    services: dict[str, list[str]] = {}
    others: dict[str, int] = {}
    for item, what in items:
        kind, _, name = item.partition(" ")
        if kind == "service":
            services.setdefault(_PAST.get(what, what), []).append(name)
        elif kind in _TOLD:
            others[kind] = others.get(kind, 0) + 1
    words = [count(number, kind) for kind, number in others.items()]
    return "; ".join(
        [", ".join(words)] * bool(words) + [f"{_joined(n)} {what}" for what, n in services.items()]
    )


def reach(units: Sequence[str], changes: dict[str, Change]) -> str:
    """Whom a change of the blueprint reaches: ``412 gateways at 208 sites, telegraf restarts``.

    The hub and the database hold something of every gateway; they are named where no gateway is reached.
    """
    gateways = [unit for unit in units if is_gateway(unit)]
    words: list[str] = []
    if gateways:
        sites = {changes[unit].site for unit in gateways if unit in changes}
        at = f" at {count(len(sites), 'site')}" if len(sites) > 1 else ""
        words.append(count(len(gateways), "gateway") + at)
    else:
        words += [unit for unit in units if unit in changes]
    effects = [e for unit in gateways or units if unit in changes for e in changes[unit].effects]
    return ", ".join(filter(None, (listed(words), effect_words(effects))))


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _verb(what: str, number: int) -> str:
    return what if number > 1 else f"{what}s"
