"""What a rule is, and where rules are found: every module of this package that has a ``RULE``, and entry
points of the group ``aiotctl.rules``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import cast

from aiotctl.findings import Finding, Kind
from aiotctl.model.blueprint import Blueprint, DeviceType, Site
from aiotctl.model.deployment import Deployment

Types = Mapping[str, DeviceType]


@dataclass(frozen=True, slots=True)
class Rule:
    """A topic of checks with the kinds of findings it tells.

    ``of_type`` looks at one device type, ``of_site`` at one site with the device types of the blueprint,
    ``whole`` at a deployment, ``blueprint`` at all environments together. What the first two find is the same
    in every environment that has the type or the very same site, and is asked for once.
    """

    kinds: tuple[Kind, ...]
    of_type: Callable[[DeviceType], Iterable[Finding]] | None = None
    of_site: Callable[[Site, Types], Iterable[Finding]] | None = None
    whole: Callable[[Deployment], Iterable[Finding]] | None = None
    blueprint: Callable[[Blueprint], Iterable[Finding]] | None = None


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of their names."""
    package = importlib.import_module("aiotctl.rules")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"aiotctl.rules.{name}") for name in names]
    found = [cast("Rule", module.RULE) for module in modules if hasattr(module, "RULE")]
    found += [point.load() for point in sorted(entry_points(group="aiotctl.rules"), key=lambda p: p.name)]
    return tuple(found)
