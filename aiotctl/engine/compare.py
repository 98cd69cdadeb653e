"""What a change does to a host: which files differ, and what its services need because of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from aiotctl.engine.bind import unbound
from aiotctl.model.plan import Action, Effect, FileChange
from aiotctl.model.primitives import (
    ConfigFile,
    Host,
    OnChange,
    Rendered,
    Schema,
    SecretRef,
    Service,
    Stack,
    Text,
)


def counts(rendered: Rendered) -> tuple[tuple[str, int], ...]:
    """What a unit holds, for people."""
    if isinstance(rendered, Stack):
        return _stack_counts(rendered)
    if isinstance(rendered, Schema):
        return (("series", len(rendered.series)), ("views", len(rendered.views)))
    return (("services", len(rendered.services)), ("files", len(rendered.files)))


def _stack_counts(stack: Stack) -> tuple[tuple[str, int], ...]:
    asked = stack.arguments
    things = {
        "machines": len(asked.machines),
        "databases": int(asked.database is not None),
        "buckets": int(asked.bucket is not None),
        "registries": int(asked.registry is not None),
        "clusters": int(asked.cluster is not None),
    }
    return tuple((noun, number) for noun, number in things.items() if number)


def file_changes(
    before: Host | None, after: Host | None, secrets: Collection[str] = ()
) -> tuple[FileChange, ...]:
    """The files that come, change and go. ``secrets`` are those with a new value: what holds one changes."""
    old = {file.path: file for file in before.files} if before else {}
    new = {file.path: file for file in after.files} if after else {}
    return tuple(_file_changes(old, new, secrets))


def effects(before: Host | None, after: Host | None, secrets: Collection[str] = ()) -> tuple[Effect, ...]:
    """What starts, restarts, reloads and stops; ``secrets`` as for ``file_changes``. A program of another
    version starts anew.
    """
    old = {service.name: service for service in before.services} if before else {}
    others = _other_programs(before, after)
    new = {service.name: service for service in after.services} if after else {}
    changed = {change.path for change in file_changes(before, after, secrets)}
    found = [_effect(old.get(name), service, changed, others, secrets) for name, service in new.items()]
    stopped = [Effect(name, "stop") for name in old if name not in new]
    return tuple([effect for effect in found if effect] + stopped)


def _other_programs(before: Host | None, after: Host | None) -> frozenset[str]:
    """Programs that come in another version."""
    known = dict(before.versions) if before else {}
    wanted = after.versions if after else ()
    return frozenset(name for name, version in wanted if known.get(name) != version)


def _effect(
    before: Service | None,
    after: Service,
    changed: set[str],
    others: Collection[str],
    secrets: Collection[str],
) -> Effect | None:
    if before is None:
        return Effect(after.name, "start")
    if before != after or after.program in others or any(_holds(text, secrets) for text in _texts(after)):
        return Effect(after.name, "restart")
    if changed.isdisjoint(after.files) or after.on_change is OnChange.NONE:
        return None
    return Effect(after.name, after.on_change.value)


def _texts(service: Service) -> Iterator[Text]:
    yield from service.command
    yield from (value for _, value in service.environment)


def _holds(text: Text, secrets: Collection[str]) -> bool:
    return any(isinstance(part, SecretRef) and part.name in secrets for part in text)


def _file_changes(
    old: dict[str, ConfigFile], new: dict[str, ConfigFile], secrets: Collection[str]
) -> Iterator[FileChange]:
    for path, file in new.items():
        before = old.get(path)
        if before is None:
            yield FileChange(path, Action.CREATE, "", unbound(file.content))
        elif (before.content, before.mode) != (file.content, file.mode) or _holds(file.content, secrets):
            yield FileChange(path, Action.UPDATE, unbound(before.content), unbound(file.content))
    for path, file in old.items():
        if path not in new:
            yield FileChange(path, Action.DELETE, unbound(file.content), "")
