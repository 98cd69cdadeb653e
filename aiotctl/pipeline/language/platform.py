"""Reads the platform: an engine and its options for each role, with the catalog's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from aiotctl.catalog.entry import PlatformEntry
from aiotctl.model.blueprint import Choice, Json
from aiotctl.pipeline.language.broken import Ledger
from aiotctl.pipeline.language.schema import platform_entries


def read_platform(section: Mapping[str, Any], ledger: Ledger) -> dict[str, Choice]:
    """The choices for all roles; a role that is not written gets the catalog's only engine for it."""
    made: dict[str, Choice] = {}
    for role, engines in platform_entries().items():
        written = section.get(role)
        if written is None and len(engines) == 1:
            entry = next(iter(engines.values()))
            made[role] = choice(entry, {})
        elif isinstance(written, dict) and not ledger.broken(("platform", role)):
            made[role] = choice(engines[written["engine"]], cast("dict[str, Json]", written))
    for role, written in section.items():
        if role not in platform_entries() and isinstance(written, dict):
            made[role] = Choice(
                role, str(written.get("engine")), {k: v for k, v in written.items() if k != "engine"}
            )
    return made


def choice(entry: PlatformEntry, written: Mapping[str, Json]) -> Choice:
    """An engine with its options, defaults filled in."""
    properties = cast("dict[str, dict[str, Json]]", entry.options.get("properties", {}))
    options = {
        name: written.get(name, about.get("default"))
        for name, about in properties.items()
        if name in written or "default" in about
    }
    return Choice(entry.role, entry.engine, options)
