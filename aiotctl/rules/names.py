"""Names that become one once they are written the way topics, tables and files need it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aiotctl.findings import Finding, Kind, Path
from aiotctl.model.blueprint import DeviceType, Site
from aiotctl.model.deployment import Deployment
from aiotctl.rules.rule import Rule, Types

COLLIDE = Kind(
    "names-collide",
    "Two names that are hard to tell apart",
    "Tables, columns and files know no difference between upper and lower case or between `-` and `_` "
    "everywhere; two "
    "names that differ in nothing else would be mistaken for each other.",
)


def plain(name: str) -> str:
    """A name without what some targets do not tell apart."""
    return name.lower().replace("-", "_")


def colliding(names: Iterable[str], path: Path, what: str) -> Iterator[Finding]:
    """Findings about the names below one path."""
    listed = list(names)
    if len({plain(name) for name in listed}) == len(listed):
        return
    seen: dict[str, str] = {}
    for name in listed:
        first = seen.setdefault(plain(name), name)
        if first != name:
            detail = f"The {what} `{name}` and `{first}` are the same but for case, `-` and `_`."
            related = (((*path, first), f"`{first}` is here"),)
            yield COLLIDE.at((*path, name), detail, "Rename one of them.", on_key=True, related=related)


def of_type(kind: DeviceType) -> Iterator[Finding]:
    """Findings about the points of a type."""
    return colliding((p.name for p in kind.points), ("device_types", kind.name, "points"), "points")


def of_site(site: Site, types: Types) -> Iterator[Finding]:
    """Findings about the gateways and devices of a site."""
    yield from colliding([one.name for one in site.gateways], ("sites", site.name, "gateways"), "gateways")
    yield from colliding([one.name for one in site.devices], ("sites", site.name, "devices"), "devices")


def whole(deployment: Deployment) -> Iterator[Finding]:
    """Findings about sites, device types and pipelines."""
    yield from colliding(deployment.sites, ("sites",), "sites")
    yield from colliding(deployment.device_types, ("device_types",), "device types")
    yield from colliding(deployment.pipelines, ("pipelines",), "pipelines")


RULE = Rule(kinds=(COLLIDE,), of_type=of_type, of_site=of_site, whole=whole)
