"""How a protocol is told to Telegraf: one module a protocol, found by discovery."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points

from aiotctl.catalog.collectors.telegraf.literal import Literal
from aiotctl.catalog.collectors.telegraf.tables import Wanted
from aiotctl.catalog.collectors.telegraf.toml import Section
from aiotctl.catalog.entry import GatewayContext
from aiotctl.errors import failure
from aiotctl.model.blueprint import Device, Read
from aiotctl.model.primitives import ConfigFile

GROUP = "aiotctl.telegraf"
"""Group of entry points by which other packages add a protocol."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a protocol adds to a gateway's configuration.

    ``extras`` are words for the script's TYPES (by ``type/point``), ``tables`` whole tables of the script,
    ``subscribes`` the topics it takes from the compiled broker. ``apart`` are inputs that could end their
    agent at its start, each for an agent of its own with this suffix to its name.
    """

    sections: tuple[Section, ...] = ()
    extras: Mapping[str, Mapping[str, Literal]] = field(default_factory=dict[str, Mapping[str, Literal]])
    tables: Mapping[str, Literal] = field(default_factory=dict[str, Literal])
    files: tuple[ConfigFile, ...] = ()
    subscribes: tuple[str, ...] = ()
    apart: Mapping[str, tuple[Section, ...]] = field(default_factory=dict[str, tuple[Section, ...]])


@dataclass(frozen=True, slots=True)
class Pair:
    """A protocol as Telegraf reads it, recognised by the class of its points' ``read``.

    ``inputs`` is given the gateway, its devices of this protocol and their types.
    """

    protocol: str
    read: type[Read]
    inputs: Callable[[GatewayContext, tuple[Device, ...], Mapping[str, Wanted]], Inputs]


@cache
def pairs() -> tuple[Pair, ...]:
    """All protocols that Telegraf can be told, in the order of their modules' names."""
    package = importlib.import_module("aiotctl.catalog.collectors.telegraf")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    found = [module.PAIR for module in modules if hasattr(module, "PAIR")]
    found += [point.load() for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)]
    return tuple(found)


def by_pair(context: GatewayContext, types: Iterable[Wanted]) -> list[tuple[Pair, tuple[Device, ...]]]:
    """The gateway's devices sorted to the pairs that read them. Raises where Telegraf has no way to read a
    type.
    """
    of_type = {each.kind.name: _pair(each) for each in types}
    return [
        (pair, devices)
        for pair in pairs()
        if (devices := tuple(device for device in context.devices if of_type[device.type] is pair))
    ]


def _pair(each: Wanted) -> Pair:
    read = type(each.kind.points[0].read)
    for pair in pairs():
        if issubclass(read, pair.read):
            return pair
    raise failure(
        "collector-lacks-protocol",
        "The collector cannot read this protocol",
        f"device type {each.kind.name} speaks {each.kind.protocol}, which is not registered for telegraf",
        f"choose another collector, or install a package that registers the pair in the group {GROUP}",
    )
