"""Finds the entries of the catalog: every module below a kind's package that has an ``ENTRY``, and entry
points of
other people's packages in the group ``aiotctl.<kind>``. Sorted by name; there is no central list."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points

from aiotctl.catalog.entry import PlatformEntry

PLATFORM_KINDS = ("collectors", "brokers", "databases", "lakes", "runtimes", "clouds")


@cache
def entries(kind: str) -> tuple[object, ...]:
    """All entries of a kind (``protocols``, ``brokers`` ...), in the order of their names."""
    package = importlib.import_module(f"aiotctl.catalog.{kind}")
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"aiotctl.catalog.{kind}.{name}") for name in names]
    found = [module.ENTRY for module in modules if hasattr(module, "ENTRY")]
    found += [point.load() for point in sorted(entry_points(group=f"aiotctl.{kind}"), key=lambda p: p.name)]
    return tuple(found)


def platform_entries() -> tuple[PlatformEntry, ...]:
    """Every engine that can be chosen for a role of the platform."""
    found = (entry for kind in PLATFORM_KINDS for entry in entries(kind))
    return tuple(entry for entry in found if isinstance(entry, PlatformEntry))


def platform_entry(role: str, engine: str) -> PlatformEntry:
    """The entry of an engine. Raises KeyError where there is none; validation has refused that before."""
    for entry in platform_entries():
        if (entry.role, entry.engine) == (role, engine):
            return entry
    raise KeyError((role, engine))
