"""All kinds of findings about blueprints, for the reference."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from aiotctl.findings import Kind
from aiotctl.rules.rule import rules

_PACKAGES = ("aiotctl.pipeline.language", "aiotctl.catalog.protocols")


def kinds() -> tuple[Kind, ...]:
    """Every kind that the language, the protocols and the rules can tell, by code."""
    found = {kind.code: kind for rule in rules() for kind in rule.kinds}
    for package in _PACKAGES:
        for module in _modules(importlib.import_module(package)):
            found.update({one.code: one for one in vars(module).values() if isinstance(one, Kind)})
    return tuple(found[code] for code in sorted(found))


def _modules(package: ModuleType) -> list[ModuleType]:
    names = [one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return [importlib.import_module(name) for name in sorted(names)]
