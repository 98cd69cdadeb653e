"""Reads the platform: an engine and its options for each role, with the catalog's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from aiotctl.catalog.entry import PlatformEntry
from aiotctl.model.blueprint import Choice, Json
from aiotctl.pipeline.language.broken import Ledger
from aiotctl.pipeline.language.schema import platform_entries


def read_platform(section: Mapping[str, Any], ledger: Ledger, local: bool = True) -> dict[str, Choice]:
    """The choices for all roles. A role that is not written gets the only engine that runs there: on this
    machine (``local``), or on hosts of their own.
    """
    made: dict[str, Choice] = {}
    for role, engines in platform_entries().items():
        fitting = [entry for entry in engines.values() if fits(entry, local) and not _asked_for(entry)]
        if role not in section and len(fitting) == 1:
            made[role] = choice(fitting[0], {})
        elif role in section and not ledger.broken(("platform", role)):
            made[role] = choice(engines[section[role]["engine"]], section[role])
    return made


def fits(entry: PlatformEntry, local: bool) -> bool:
    """Whether an engine runs on this machine (``local``), or on hosts of their own."""
    return entry.local if local else entry.hosts


def _asked_for(entry: PlatformEntry) -> bool:
    """Whether an engine is there only where it is written."""
    return entry.optional or entry.managed


def choice(entry: PlatformEntry, written: Mapping[str, Json]) -> Choice:
    """An engine with its options, defaults filled in."""
    properties = cast("dict[str, dict[str, Json]]", entry.options.get("properties", {}))
    options = {
        name: written.get(name, about.get("default"))
        for name, about in properties.items()
        if name in written or "default" in about
    }
    return Choice(entry.role, entry.engine, options)
