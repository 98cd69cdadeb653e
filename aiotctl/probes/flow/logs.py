"""The last errors in a collector's log (Telegraf's structured format: a JSON object a line)."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

TAIL_BYTES = 512 * 1024
"""So much of a log's end is read: with a hundred failing inputs a second still some minutes."""

RECENT = timedelta(minutes=2)

_NAMED = re.compile(r"(?:inputs|outputs)\.\w+::(\S+?):? ")
"""How the agent itself names a plugin's alias within a message."""

_TO_HUB = "the hub's broker"
"""How a forwarder's log calls the far side."""


def recent_errors(text: str, now: datetime | None = None) -> dict[str, str]:
    """What plugins logged last as an error within the last minutes, by alias, or by ``outputs.postgresql``
    and the like where the line has none.
    """
    since = (now or datetime.now(UTC)) - RECENT
    found: dict[str, str] = {}
    for line in text.splitlines():
        entry = _entry(line)
        if entry.get("level") == "ERROR" and _time(entry) >= since:
            found[_plugin(entry)] = str(entry.get("msg", ""))
    return found


def forwarder_trouble(text: str) -> str:
    """Why a gateway's forwarder is not connected to the hub's broker, as it said last; empty where it is."""
    said = [line for line in text.splitlines() if _TO_HUB in line]
    _, refused, why = said[-1].partition(f"{_TO_HUB} is not connected: ") if said else ("", "", "")
    return why if refused else ""


def _plugin(entry: dict[str, Any]) -> str:
    if "alias" in entry:
        return str(entry["alias"])
    if "plugin" in entry:
        return f"{entry.get('category', '')}.{entry['plugin']}"
    named = _NAMED.search(str(entry.get("msg", "")))
    return named[1] if named else "agent"


def tail(path: Path) -> str:
    """The end of a log; empty where there is none."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL_BYTES))
            return log.read().decode(errors="replace")
    except OSError:
        return ""


def _entry(line: str) -> dict[str, Any]:
    """A line's object; empty for the cut first line and for what is no JSON."""
    try:
        entry: Any = json.loads(line)
    except ValueError:
        return {}
    return cast(dict[str, Any], entry) if isinstance(entry, dict) else {}


def _time(entry: dict[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(str(entry.get("time")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
