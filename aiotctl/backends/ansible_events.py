"""Ansible's events as events of hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from aiotctl.backends.hosts import HostChange, HostDone, HostEvent, HostFailed, HostRun, HostUnreachable

Event = Mapping[str, Any]

MODULE, CONFIRMATION = "aiotctl_converge", "aiotctl_confirm"
_LAST = "roles/delivery/tasks/prune.yml"
_USER = ("ansible.builtin.user", "user")
_LOST = "the host cannot be reached after its change"
_BACK = "it takes the change back by itself soon; look at its firewall and its network, then apply again"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class PlayReader:
    """Reads the events of one play.

    A host on this machine is done with its one task, a machine of its own with the last task of its roles.
    """

    def __init__(self, batch: Sequence[HostRun]) -> None:
        self._waiting = {host.address: host for host in batch}
        self._changes: dict[str, list[HostChange]] = {address: [] for address in self._waiting}

    def read(self, event: Event) -> Iterator[HostEvent]:
        """What one event of the runner says of hosts; most say nothing."""
        for told in self._read(event):
            self._waiting.pop(told.address, None)
            yield told

    def _read(self, event: Event) -> Iterator[HostEvent]:
        data = cast("Mapping[str, Any]", event.get("event_data") or {})
        if event.get("event") == "playbook_on_stats":
            yield from self._at_the_end(data)
            return
        address, result = str(data.get("host", "")), cast("Mapping[str, Any]", data.get("res") or {})
        if address not in self._waiting:
            return
        action = str(data.get("task_action", ""))
        match event.get("event"):
            case "runner_on_ok":
                self._changes[address] += [*changes(result), *_accounts(action, result)]
                yield from self._if_done(address, action, data)
            case "runner_on_skipped":
                yield from self._if_done(address, action, data)
            case "runner_on_failed":
                yield _failed(address, _first_failure(result))
            case "runner_on_unreachable" if action.endswith(CONFIRMATION):
                yield HostFailed(
                    address, "the host cannot be reached after its change", _text(result, "msg"), _BACK
                )
            case "runner_on_unreachable":
                yield HostUnreachable(address, _text(result, "msg"))
            case _:
                return

    def _if_done(self, address: str, action: str, data: Mapping[str, Any]) -> Iterator[HostEvent]:
        own = self._waiting[address].of_its_own
        if _LAST in str(data.get("task_path", "")) if own else action.endswith(MODULE):
            yield HostDone(address, tuple(self._changes[address]))

    def _at_the_end(self, stats: Mapping[str, Any]) -> Iterator[HostEvent]:
        for address in [a for a, host in self._waiting.items() if host.of_its_own]:
            if address in stats.get("ok", ()):
                yield HostDone(address, tuple(self._changes[address]))


def changes(result: Mapping[str, Any]) -> tuple[HostChange, ...]:
    """The items of a module's result."""
    found = cast("Sequence[Mapping[str, Any]]", result.get("changes") or ())
    return tuple(
        HostChange(
            str(item["kind"]),
            str(item["name"]),
            str(item["action"]),
            tuple(map(str, item["reasons"])),
            tuple(map(str, item["drift"])),
        )
        for item in found
    )


def _accounts(action: str, result: Mapping[str, Any]) -> Iterator[HostChange]:
    """Users that were made or removed, one for each item of a loop."""
    if action in _USER:
        for item in cast("Sequence[Mapping[str, Any]]", result.get("results") or ()):
            if item.get("changed"):
                kind = "delete" if item.get("state") == "absent" else "create"
                yield HostChange("account", str(item.get("item", "")), kind)


def _first_failure(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result itself, or that of the first item of a loop that failed."""
    items = cast("Sequence[Mapping[str, Any]]", result.get("results") or ())
    return next((item for item in items if item.get("failed")), result)


def last_words(output: Sequence[str]) -> str:
    """The end of what Ansible printed, without colours."""
    lines = _ESCAPES.sub("", "\n".join(output)).splitlines()
    return "\n".join(line for line in lines if line.strip())[-2000:]


def _failed(address: str, result: Mapping[str, Any]) -> HostFailed:
    failures = cast("Sequence[Mapping[str, Any]]", result.get("failures") or ())
    tails = [f"{f['service']}:\n{f['log_tail']}" for f in failures if f.get("log_tail")]
    # A module that breaks tells where on its standard error or in `exception`.
    detail = _text(result, "detail") or _text(result, "exception") or _text(result, "module_stderr")
    return HostFailed(
        address,
        _text(result, "msg") or "the host failed",
        detail[-2000:],
        _text(result, "hint"),
        "\n".join(tails),
        changes(result),
    )


def _text(result: Mapping[str, Any], key: str) -> str:
    value = result.get(key)
    return "" if value is None else str(value)
