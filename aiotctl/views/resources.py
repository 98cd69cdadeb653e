"""What happens to the resources of a cloud stack, in the cloud's own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiotctl.model.plan import Change, ResourceAction, ResourceChange
from aiotctl.views.output import Field, Screen
from aiotctl.views.text import Part, Style, cells, count, listed

_MARKS: dict[ResourceAction, Part] = {
    ResourceAction.CREATE: (Style.ADD, "+"),
    ResourceAction.UPDATE: (Style.CHANGE, "~"),
    ResourceAction.REPLACE: (Style.REMOVE, "±"),
    ResourceAction.DELETE: (Style.REMOVE, "-"),
    ResourceAction.READ: (Style.FAINT, "."),
    ResourceAction.IMPORT: (Style.ADD, "<"),
}
_SHOWN_AT_MOST = 60
_LOST = "holds data, which is lost"


def show_resources(resources: Sequence[ResourceChange], screen: Screen, indent: str) -> None:
    """A line for each resource; of many that are only created, the types are counted."""
    shown = [one for one in resources if one.action is not ResourceAction.READ]
    if len(shown) > _SHOWN_AT_MOST:
        created = [one for one in shown if one.action is ResourceAction.CREATE]
        shown = [one for one in shown if one.action is not ResourceAction.CREATE]
        _show_counted(created, screen, indent)
    width = max((cells(one.type) for one in shown), default=0)
    for one in shown:
        because: list[Part] = [f"  {_because(one)}"] if one.reasons else []
        lost: list[Part] = ["  ", (Style.ERROR, _LOST)] if one.loses_data else []
        screen.line(indent, _MARKS[one.action], f" {one.type.ljust(width)}  {one.name}", *because, *lost)


def resource_words(resources: Iterable[ResourceChange]) -> str:
    """``12 resources``: how many change."""
    number = sum(one.action is not ResourceAction.READ for one in resources)
    return count(number, "resource") if number else ""


def awaited_words(change: Change) -> str:
    """``if stack/hub#machine/hub-1/address changes``: why it is not known whether something is done."""
    return f"if {listed(change.awaits)} changes" if change.awaits else ""


def resource_fields(resources: Iterable[ResourceChange]) -> list[Field]:
    """The resources as a message of the stream holds them."""
    return [
        {
            "urn": one.urn,
            "type": one.type,
            "name": one.name,
            "action": one.action.value,
            "reasons": one.reasons,
            "holds_data": one.holds_data,
        }
        for one in resources
    ]


def _because(one: ResourceChange) -> str:
    verb = "replaced because of" if one.action is ResourceAction.REPLACE else "because of"
    return f"{verb} {listed(one.reasons, 6)}"


def _show_counted(created: Sequence[ResourceChange], screen: Screen, indent: str) -> None:
    by_type: dict[str, list[str]] = {}
    for one in created:
        by_type.setdefault(one.type, []).append(one.name)
    for kind, names in by_type.items():
        screen.line(indent, _MARKS[ResourceAction.CREATE], f" {kind}  {len(names):,}: {listed(names, 3)}")
