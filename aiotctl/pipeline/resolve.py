"""Resolve: one environment of a blueprint, with its selection, overlay and removals applied."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from aiotctl.diagnostics import Diagnostic
from aiotctl.findings import listed, nearest
from aiotctl.model.blueprint import AccessRole, Blueprint, Environment, Moved, Site
from aiotctl.model.deployment import Deployment
from aiotctl.model.names import RAW
from aiotctl.pipeline.language.reference import UNKNOWN_REFERENCE


@dataclass(frozen=True, slots=True)
class Resolved:
    """A deployment, None where the environment does not exist, and the findings."""

    deployment: Deployment | None
    findings: tuple[Diagnostic, ...]


def resolve(blueprint: Blueprint, environment: str) -> Resolved:
    """One environment of a blueprint."""
    chosen = blueprint.environments.get(environment)
    if chosen is None:
        detail = f"There is no environment `{environment}`.{nearest(environment, blueprint.environments)}"
        remedy = f"Declared are {listed(blueprint.environments)}."
        kind = UNKNOWN_REFERENCE
        return Resolved(None, (Diagnostic(kind.code, kind.summary, detail, remedy),))
    removed = frozenset(chosen.remove)
    platform = chosen.overlay.platform if chosen.overlay.platform is not None else blueprint.platform
    pipelines = {**blueprint.pipelines, **chosen.overlay.pipelines}
    sites = _sites(blueprint, chosen, removed)
    kept = {name: one for name, one in pipelines.items() if f"pipeline/{name}" not in removed}
    deployment = Deployment(
        blueprint=blueprint.name,
        owner=blueprint.owner,
        environment=chosen,
        device_types=blueprint.device_types,
        sites=sites,
        pipelines=kept,
        platform={role: one for role, one in platform.items() if f"platform/{role}" not in removed},
        identities=identities(blueprint.moved, sites),
        access={name: _narrowed(role, kept, sites) for name, role in blueprint.access.items()},
    )
    return Resolved(deployment, ())


def _narrowed(role: AccessRole, pipelines: Container[str], sites: Container[str]) -> AccessRole:
    """A role with what there is of its pipelines and sites here; ``raw`` there always is."""
    read = tuple(name for name in role.read if name == RAW or name in pipelines)
    chosen = None if role.sites is None else tuple(name for name in role.sites if name in sites)
    return AccessRole(role.name, read, chosen)


def _sites(blueprint: Blueprint, environment: Environment, removed: frozenset[str]) -> Mapping[str, Site]:
    known = {**blueprint.sites, **environment.overlay.sites} if environment.overlay.sites else blueprint.sites
    chosen = known if environment.sites is None else {name: known[name] for name in environment.sites}
    if not removed:
        return chosen
    thinned = {address.split("/")[1] for address in removed if address.startswith("site/")}
    return {
        name: _thinned(site, removed) if name in thinned else site
        for name, site in chosen.items()
        if f"site/{name}" not in removed
    }


def _thinned(site: Site, removed: frozenset[str]) -> Site:
    """A site without what is removed; the devices of a removed gateway go with it."""
    here = f"site/{site.name}"
    gone = {gateway.name for gateway in site.gateways if f"{here}/gateway/{gateway.name}" in removed}
    return replace(
        site,
        gateways=tuple(gateway for gateway in site.gateways if gateway.name not in gone),
        devices=tuple(
            device
            for device in site.devices
            if device.gateway not in gone and f"{here}/device/{device.name}" not in removed
        ),
    )


def identities(moved: tuple[Moved, ...], sites: Mapping[str, Site]) -> dict[str, str]:
    """For each moved device and point the address it was first known by, through any number of moves.

    A moved site moves its devices, a moved device its points.
    """
    sources = {one.target: one.source for one in moved}
    first: dict[str, str] = {}
    for target in sources:
        kind = target.split("/")[::2]
        if kind == ["site"]:
            site = sites.get(target.split("/")[1])
            for device in site.devices if site else ():
                address = f"{target}/device/{device.name}"
                first[address] = origin(address, sources)
        else:
            first[target] = origin(target, sources)
    return first


def origin(address: str, sources: Mapping[str, str]) -> str:
    """The first address of what is now at one, followed word by word from the right: point, device, site."""
    seen: set[str] = set()
    while address not in seen:
        seen.add(address)
        words = address.split("/")
        for length in range(len(words), 1, -2):
            here = "/".join(words[:length])
            if here in sources:
                address = "/".join((sources[here], *words[length:]))
                break
    return address
