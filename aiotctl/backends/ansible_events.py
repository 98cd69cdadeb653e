"""Ansible's events as events of hosts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from aiotctl.backends.hosts import HostChange, HostDone, HostEvent, HostFailed, HostUnreachable

Event = Mapping[str, Any]

MODULE = "aiotctl_converge"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def read_event(event: Event, addresses: Collection[str]) -> Iterator[HostEvent]:
    """What one event of the runner says of a host; most say nothing."""
    data = cast("Mapping[str, Any]", event.get("event_data") or {})
    address, result = str(data.get("host", "")), cast("Mapping[str, Any]", data.get("res") or {})
    if address not in addresses:
        return
    match event.get("event"):
        case "runner_on_ok" if str(data.get("task_action", "")).endswith(MODULE):
            yield HostDone(address, changes(result))
        case "runner_on_failed":
            yield _failed(address, result)
        case "runner_on_unreachable":
            yield HostUnreachable(address, _text(result, "msg"))
        case _:
            return


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
