"""A plan for people and for machines: first what changed in the blueprint, then what will be done to the
world.

Messages of the stream:

- ``fact_change``: part, path (keys), before, after, units
- ``planned_change``: address, kind, action, site, effects [{service, what}], files [{path, action}], drift
  [{item, what}], counts {noun: number}, summary, secrets (names of those with a new value), resources of a
  stack [{urn, type, name, action (``create``, ``update``, ``replace``, ``delete``, ``read``, ``import``),
  reasons [property paths], holds_data}], awaits [outputs that decide whether anything is done], goes_with
  (the stack with which it goes); with ``--files`` each file has ``before`` and ``after``
- ``planned_wave``: number, of, hosts [addresses]; only where gateways change in waves
- ``change_summary``: operation ``plan``, blueprint, environment, lineage, serial, refreshed, checked_at
  (seconds since the epoch, 0: never), and the number of units by action and ``unchanged``
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiotctl.model.plan import Action, Change, Plan
from aiotctl.views.facts import show_facts
from aiotctl.views.files import show_files
from aiotctl.views.output import Field, Output, Screen, Stream
from aiotctl.views.resources import awaited_words, resource_fields, resource_words, show_resources
from aiotctl.views.text import Part, Style, age, count, listed
from aiotctl.views.units import STYLES, VERBS, counted, effect_words, is_gateway, mark, secret_words
from aiotctl.views.waves import show_waves

_ALONE_AT_MOST = 6
"""So many units of one kind of change are listed one by one; more are grouped and counted."""
_NAMES_ALIGNED = 40
_TOTALS = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.REPAIR: "to repair",
    Action.MAYBE: "maybe to update",
    Action.DELETE: "to remove",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """How a plan is to be shown: ``files`` with their differences, ``proceed`` with the command that carries
    it out, ``freshness`` with when what runs was last looked at.
    """

    files: bool = False
    proceed: str = ""
    freshness: bool = True


def show_plan(plan: Plan, output: Output, wish: Wish) -> None:
    """Shows a plan on the screen, in the stream, or both."""
    if output.stream is not None:
        write_plan(plan, output.stream, wish.files)
    if output.screen is not None:
        human_plan(plan, output.screen, wish, output.clock())


def write_plan(plan: Plan, stream: Stream, files: bool = False) -> None:
    """The plan's messages."""
    for fact in plan.facts:
        stream.write(
            "fact_change",
            part=fact.part,
            path=fact.path,
            before=fact.before,
            after=fact.after,
            units=fact.units,
        )
    for change in plan.changes:
        stream.write("planned_change", **_change_fields(change, files))
    for number, wave in enumerate(plan.waves, start=1):
        stream.write("planned_wave", number=number, of=len(plan.waves), hosts=wave)
    numbers = Counter(change.action for change in plan.changes)
    stream.write(
        "change_summary",
        operation="plan",
        blueprint=plan.blueprint,
        environment=plan.environment,
        lineage=plan.lineage,
        serial=plan.serial,
        refreshed=plan.refreshed,
        checked_at=plan.checked_at,
        unchanged=plan.unchanged,
        **{action.value: numbers[action] for action in Action if action is not Action.NONE},
    )


def human_plan(plan: Plan, screen: Screen, wish: Wish, now: float) -> None:
    """The plan as a person reads it."""
    if plan.is_empty:
        screen.line((Style.GOOD, "Nothing to do"), f": {plan.environment} is as the blueprint wants it.")
        screen.line((Style.FAINT, _checked(plan, now)))
        return
    changes = {change.address: change for change in plan.changes}
    screen.line(
        "Plan for ", (Style.STRONG, plan.blueprint), ", environment ", (Style.STRONG, plan.environment)
    )
    if plan.facts:
        screen.line()
        screen.line("What changed in the blueprint:")
        show_facts(plan.facts, changes, screen)
    screen.line()
    screen.line("What will be done:")
    groups = [(_name(group), group[0]) for group in _groups(plan.changes)]
    width = max((len(name) for name, _ in groups if len(name) <= _NAMES_ALIGNED), default=0)
    for name, change in groups:
        _show_change(name.ljust(width), change, screen)
    if wish.files:
        show_files(plan.changes, screen)
    show_waves(plan, screen)
    screen.line()
    screen.line(*_totals(plan))
    if wish.freshness:
        screen.line((Style.FAINT, _checked(plan, now)))
    if wish.proceed:
        screen.line("To carry it out: ", (Style.STRONG, wish.proceed))


def _groups(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Changes in their order; gateways to which the same happens stand together where they are many."""
    alike: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        alike.setdefault(_alike(change), []).append(change)
    told: set[int] = set()
    for change in changes:
        group = alike[_alike(change)]
        if len(group) <= _ALONE_AT_MOST:
            yield [change]
        elif id(group) not in told:
            told.add(id(group))
            yield group


def _alike(change: Change) -> tuple[object, ...]:
    """What changes must have in common to be told as one."""
    return (
        change.action,
        change.kind,
        change.effects,
        change.counts,
        change.drift,
        change.secrets,
        change.resources,
        change.awaits,
        change.goes_with,
        is_gateway(change.address),
    )


def _name(group: Sequence[Change]) -> str:
    if len(group) == 1:
        return group[0].address
    sites = {change.site for change in group if change.site}
    at = f" at {count(len(sites), 'site')}" if len(sites) > 1 else ""
    kind = "gateway" if is_gateway(group[0].address) else group[0].kind
    return f"{count(len(group), kind)}{at} ({listed([change.address for change in group], 3)})"


def _show_change(name: str, change: Change, screen: Screen) -> None:
    words = _happening(change)
    words = f"{VERBS[change.action]}: {words}" if words else VERBS[change.action]
    screen.line("  ", mark(change.action), " ", (Style.STRONG, name), f"  {words}")
    for drift in change.drift:
        screen.line("      ", (Style.REPAIR, f"{drift.item}: {drift.what}"))
    show_resources(change.resources, screen, "      ")


def _happening(change: Change) -> str:
    """What a change does beyond its verb."""
    if change.goes_with:
        return f"goes with {change.goes_with}"
    parts = [change.summary, secret_words(change.secrets), awaited_words(change)]
    if change.action is Action.CREATE and change.counts:
        parts.append(counted(change.counts))
    effects = effect_words(change.effects)
    if change.files and change.action is not Action.CREATE:
        parts.append(count(len(change.files), "file"))
    parts += [effects, resource_words(change.resources)]
    return "; ".join(filter(None, parts))


def _totals(plan: Plan) -> list[Part]:
    numbers = Counter(change.action for change in plan.changes)
    parts: list[Part] = []
    for action in _TOTALS:
        if numbers[action]:
            parts += [", " if parts else "", (STYLES[action], f"{numbers[action]:,} {_TOTALS[action]}")]
    return [*parts, f"; {plan.unchanged:,} unchanged." if plan.unchanged else "."]


def _checked(plan: Plan, now: float) -> str:
    if plan.refreshed:
        return "What runs was looked at just now."
    if plan.checked_at:
        return f"What runs was last looked at {age(now - plan.checked_at)} ago; --refresh looks now."
    return "What runs was not looked at; --refresh does."


def _change_fields(change: Change, files: bool) -> dict[str, Field]:
    return {
        "address": change.address,
        "kind": change.kind,
        "action": change.action.value,
        "site": change.site,
        "effects": [{"service": effect.service, "what": effect.what} for effect in change.effects],
        "files": [
            {"path": file.path, "action": file.action.value}
            | ({"before": file.before, "after": file.after} if files else {})
            for file in change.files
        ],
        "drift": [{"item": drift.item, "what": drift.what} for drift in change.drift],
        "counts": dict(change.counts),
        "summary": change.summary,
        "secrets": change.secrets,
        "resources": resource_fields(change.resources),
        "awaits": change.awaits,
        "goes_with": change.goes_with,
    }
