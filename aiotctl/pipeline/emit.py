"""From a deployment to a bundle: an index of units with digests, and a renderer for each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import lru_cache, partial
from typing import Any, cast

from aiotctl.catalog.brokers.edge import at_gateways
from aiotctl.catalog.cloud import ROLE as CLOUD
from aiotctl.catalog.cloud import is_managed
from aiotctl.model import address, codec
from aiotctl.model.address import is_central
from aiotctl.model.blueprint import AccessRole, Device, Gateway, Json, Site
from aiotctl.model.bundle import KEPT, Bundle, Part, Unit
from aiotctl.model.deployment import Deployment
from aiotctl.model.names import FIELD, FIELD_STACK, STACK
from aiotctl.model.primitives import Host, Rendered, Route, Series
from aiotctl.pipeline import facts
from aiotctl.pipeline.lower.field import lower_field
from aiotctl.pipeline.lower.flows import flows
from aiotctl.pipeline.lower.hosts import lower_gateway, lower_hub, lower_schema
from aiotctl.pipeline.lower.routes import routes_of_gateway
from aiotctl.pipeline.lower.series import series_of_device
from aiotctl.pipeline.lower.stacks import lower_stack, stacks_of
from aiotctl.pipeline.step_facts import pipeline_facts

SCHEMA = "schema/hub"
COMPILER = "aiotctl"


def emit(deployment: Deployment, version: str) -> Bundle:
    """The bundle of a deployment, compiled by this version."""
    parts = {part.address: part for part in _shared_parts(deployment, version)}
    gateways = {unit.address: unit for unit in _gateway_units(deployment, parts)}
    central = _central_units(deployment, parts, gateways)
    return Bundle(
        blueprint=deployment.blueprint,
        environment=deployment.environment.name,
        version=version,
        parts=parts,
        units={**central, **gateways},
        own_facts=lambda unit: _own_facts(deployment, unit),
        render=lru_cache(KEPT)(partial(render, deployment)),
        collected=lambda unit: collected(deployment, unit),
        local=deployment.environment.local,
        rollout=deployment.environment.rollout,
        flows=lambda: flows(deployment),
    )


def render(deployment: Deployment, unit: str) -> Rendered:
    """One unit in primitives."""
    if unit == SCHEMA:
        return lower_schema(deployment)
    if unit == FIELD:
        return _field(deployment)
    if unit in (STACK, FIELD_STACK):
        return lower_stack(deployment, unit)
    if is_central(unit):
        return lower_hub(deployment, unit)
    site, gateway = deployment.gateway_of(unit)
    return lower_gateway(deployment, site, gateway)


def collected(deployment: Deployment, unit: str) -> tuple[tuple[Series, ...], tuple[Route, ...]]:
    """The series that a unit's gateway collects, and their routes; nothing for the central units."""
    if is_central(unit):
        return (), ()
    site, gateway = deployment.gateway_of(unit)
    devices = devices_of(site, gateway)
    series = tuple(s for device in devices for s in series_of_device(deployment, device))
    return series, tuple(routes_of_gateway(deployment, site, gateway))


def devices_of(site: Site, gateway: Gateway) -> tuple[Device, ...]:
    """The devices a gateway collects from."""
    if len(site.gateways) == 1:
        return site.devices
    return tuple(device for device in site.devices if device.gateway == gateway.name)


def _field(deployment: Deployment) -> Host:
    host = lower_field(deployment)
    if host is None:
        raise KeyError(FIELD)
    return host


def _shared_parts(deployment: Deployment, version: str) -> Iterator[Part]:
    yield _part(COMPILER, {"version": version})
    yield _part("environment", _environment_facts(deployment))
    for name, choice in deployment.platform.items():
        yield _part(f"platform/{name}", facts.tree({"engine": choice.engine, **choice.options}))
    for name, kind in deployment.device_types.items():
        yield _part(f"device_type/{name}", facts.tree(kind))
    for name, pipeline in deployment.pipelines.items():
        yield _part(f"pipeline/{name}", pipeline_facts(pipeline))
    for name, role in deployment.access.items():
        yield _part(f"access/{name}", {"read": list[Json](role.read), "sites": _sites_of(role)})


def _sites_of(role: AccessRole) -> Json:
    return "all" if role.sites is None else list[Json](role.sites)


def _environment_facts(deployment: Deployment) -> Json:
    about: dict[str, Json] = {"name": deployment.environment.name, "owner": deployment.owner}
    central = {
        name: {"address": place.address, "serves": list[Json](place.serves)}
        for name, place in deployment.environment.hosts.items()
        if place.serves
    }
    return {**about, "hosts": cast("Json", central)} if central else about


def _part(name: str, content: Json) -> Part:
    return Part(name, content, facts.digest(content))


def _gateway_units(deployment: Deployment, parts: Mapping[str, Part]) -> Iterator[Unit]:
    # Fleets have few combinations of device types and many gateways: what a combination shares is worked
    # out once.
    shared_of: dict[frozenset[str], tuple[tuple[str, ...], str]] = {}
    simulated = deployment.environment.simulate
    field = (FIELD,) if simulated.all or simulated.devices else ()
    needs = (*deployment.hubs(), SCHEMA, *field)
    hosts = deployment.environment.hosts
    moves = _moves_by_site(deployment)
    encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=_settings).encode
    for site in deployment.sites.values():
        for gateway in site.gateways:
            devices = devices_of(site, gateway)
            types = frozenset([device.type for device in devices])
            shared = shared_of.get(types)
            if shared is None:
                shared = shared_of[types] = _shared_by(deployment, parts, types)
            faked = simulated.all or [
                d.name for d in devices if simulated.covers(address.device(site.name, d.name))
            ]
            place = hosts.get(f"{site.name}/{gateway.name}")
            own = facts.digest_text(
                encode(
                    (
                        site.timezone,
                        site.uplink_bps,
                        gateway.arch,
                        gateway.labels,
                        devices,
                        faked,
                        moves.get(site.name),
                        *((facts.tree(place),) if place else ()),
                    )
                )
            )
            unit = address.host_of_gateway(site.name, gateway.name)
            labels = (*gateway.labels, *place.labels.items()) if place else gateway.labels
            wanted = (*needs, place.stack) if place and place.stack else needs
            yield Unit(
                unit, "host", facts.digest_text(shared[1] + own), shared[0], own, wanted, site.name, labels
            )


def _shared_by(
    deployment: Deployment, parts: Mapping[str, Part], types: frozenset[str]
) -> tuple[tuple[str, ...], str]:
    names = [COMPILER, "environment", *(f"platform/{role}" for role in deployment.platform)]
    names += [f"device_type/{name}" for name in sorted(types)]
    names += [
        f"pipeline/{p.name}" for p in deployment.pipelines.values() if not types.isdisjoint(p.device_types)
    ]
    return tuple(names), "".join(parts[name].digest for name in names)


def _central_units(
    deployment: Deployment, parts: Mapping[str, Part], gateways: Mapping[str, Unit]
) -> dict[str, Unit]:
    shared = tuple(parts)
    own = facts.digest_text("".join(unit.digest for unit in gateways.values()) + _egress(deployment))
    whole = facts.digest_text("".join(part.digest for part in parts.values()) + own)
    hubs, stacks = deployment.hubs(), stacks_of(deployment)
    units = {stack: _stack_unit(deployment, parts, stack) for stack in stacks}
    units |= {hub: _hub_unit(deployment, hub, whole, shared, own, stacks[:1]) for hub in hubs}
    managed = stacks[:1] if is_managed(deployment, "timeseries") else ()
    database = (*managed, deployment.host_of("timeseries"))
    units[SCHEMA] = Unit(SCHEMA, "schema", facts.digest_text("schema" + whole), shared, own, database)
    simulate = deployment.environment.simulate
    if simulate.all or simulate.devices:
        needs = (*(() if at_gateways(deployment) else hubs), *stacks)
        units[FIELD] = Unit(FIELD, "host", facts.digest_text("field" + whole), shared, own, needs)
    return units


def _egress(deployment: Deployment) -> str:
    """What sites say of their networks, which the hub's doors follow; empty where none does."""
    return "".join(f"{site.name} {site.egress}" for site in deployment.sites.values() if site.egress)


def _stack_unit(deployment: Deployment, parts: Mapping[str, Part], stack: str) -> Unit:
    """A stack is small, and follows from what all sites send: it is rendered to be told from another."""
    shared = (COMPILER, "environment", f"platform/{CLOUD}")
    own = facts.digest_text(str(codec.canonical(lower_stack(deployment, stack)), "utf-8"))
    digest = facts.digest_text(stack + "".join(parts[name].digest for name in shared) + own)
    return Unit(stack, "stack", digest, shared, own, ())


def _hub_unit(
    deployment: Deployment, hub: str, whole: str, shared: tuple[str, ...], own: str, needs: tuple[str, ...]
) -> Unit:
    place = _place_facts(deployment, hub)
    if place:
        own = facts.digest_text(own + facts.digest(place))
    return Unit(hub, "host", facts.digest_text(hub + whole + own), shared, own, needs)


def _place_facts(deployment: Deployment, unit: str) -> dict[str, Json]:
    """The machine of a host, where it has one of its own."""
    place = deployment.environment.hosts.get(unit.removeprefix("host/"))
    return {"host": facts.tree(place)} if place else {}


def _moves_by_site(deployment: Deployment) -> dict[str, list[tuple[str, str]]]:
    moves: dict[str, list[tuple[str, str]]] = {}
    for here, first in deployment.identities.items():
        moves.setdefault(here.split("/")[1], []).append((here, first))
    return moves


def _own_facts(deployment: Deployment, unit: str) -> Json:
    if unit in (STACK, FIELD_STACK):
        return facts.tree(lower_stack(deployment, unit).arguments)
    if is_central(unit):
        gateways = sum(len(site.gateways) for site in deployment.sites.values())
        return {"gateways": gateways, **_place_facts(deployment, unit)}
    site, gateway = deployment.gateway_of(unit)
    simulate = deployment.environment.simulate
    devices: dict[str, Json] = {}
    for device in devices_of(site, gateway):
        entry = facts.tree(device)
        assert isinstance(entry, dict)
        entry["simulated"] = simulate.covers(address.device(site.name, device.name))
        devices[device.name] = entry
    return {
        "timezone": site.timezone,
        "uplink": site.uplink_bps,
        "gateway": facts.tree(gateway),
        "devices": devices,
        **_place_facts(deployment, unit),
    }


_settings_cache: dict[Any, Json] = {}


def _settings(value: Any) -> Json:
    if not is_dataclass(value):
        raise TypeError(type(value).__name__)
    known = _settings_cache.get(value)
    if known is None:
        known = _settings_cache[value] = facts.tree(value)
    return known
