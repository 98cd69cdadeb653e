"""Reads moves: renamed sites, devices and points, whose history goes along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiotctl.findings import Path, nearest
from aiotctl.model.blueprint import DeviceType, Moved, Site
from aiotctl.pipeline.language.broken import Ledger
from aiotctl.pipeline.language.reference import MOVED, UNKNOWN_REFERENCE

_KINDS = ("site", "site/device", "site/device/point")


def read_moved(
    section: Sequence[Mapping[str, Any]],
    sites: Mapping[str, Site],
    types: Mapping[str, DeviceType],
    ledger: Ledger,
) -> tuple[Moved, ...]:
    """All moves."""
    if ledger.broken(("moved",)):
        return ()
    moved = tuple(Moved(one["from"], one["to"]) for one in section)
    sources = [one.source for one in moved]
    for number, one in enumerate(moved):
        path: Path = ("moved", number)
        if _kind(one.source) != _kind(one.target) or _kind(one.target) not in _KINDS:
            detail = f"`{one.source}` and `{one.target}` are not both sites, both devices or both points."
            remedy = "Write `{from: site/a/device/old, to: site/a/device/new}`."
            ledger.add(MOVED.at(path, detail, remedy))
        elif one.source in sources[:number] or one.target in [other.target for other in moved[:number]]:
            ledger.add(MOVED.at(path, "Another move names the same address.", "Tell each move once."))
        else:
            _ends(one, path, sources, sites, types, ledger)
    return moved


def _kind(address: str) -> str:
    return "/".join(address.split("/")[::2])


def _ends(
    one: Moved,
    path: Path,
    sources: Sequence[str],
    sites: Mapping[str, Site],
    types: Mapping[str, DeviceType],
    ledger: Ledger,
) -> None:
    """The old address is gone, and the new one there or itself moved on."""
    if exists(one.source, sites, types):
        detail = f"`{one.source}` is still there, with values of its own."
        ledger.add(MOVED.at((*path, "from"), detail, "Remove the move, or the thing at the old address."))
    if one.target not in sources and not exists(one.target, sites, types) and ledger.whole("sites"):
        site = sites.get(one.target.split("/")[1])
        known = [device.name for device in site.devices] if site else list(sites)
        hint = nearest(one.target.split("/")[3 if site and "/device/" in one.target else 1], known)
        detail = f"There is nothing at `{one.target}`.{hint}"
        ledger.add(UNKNOWN_REFERENCE.at((*path, "to"), detail, "Write the address that the thing has now."))


def exists(address: str, sites: Mapping[str, Site], types: Mapping[str, DeviceType]) -> bool:
    """Whether there is a site, device or point at an address."""
    _, name, *rest = address.split("/")
    site = sites.get(name)
    if site is None or not rest:
        return site is not None
    device = next((one for one in site.devices if one.name == rest[1]), None)
    if device is None or len(rest) == 2:
        return device is not None
    kind = types.get(device.type)
    return kind is None or any(point.name == rest[3] for point in kind.points)
