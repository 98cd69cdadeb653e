"""Hosts: the hub, the gateways, and the schema of the hub's database, each put together from what the
catalog adds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aiotctl.catalog.discovery import platform_entry
from aiotctl.catalog.entry import Contribution, GatewayContext, HubContext, PlatformEntry
from aiotctl.catalog.programs import versions
from aiotctl.model import address
from aiotctl.model.blueprint import Gateway, HostPlace, Site
from aiotctl.model.deployment import Deployment
from aiotctl.model.names import HUB
from aiotctl.model.primitives import Host, Package, Schema, Series, Service
from aiotctl.pipeline.lower.endpoints import endpoint
from aiotctl.pipeline.lower.firewall import firewall
from aiotctl.pipeline.lower.flows import flows_to
from aiotctl.pipeline.lower.rights import gateway_rights, rights
from aiotctl.pipeline.lower.series import series_of_device

ROLES = ("broker", "timeseries", "lake", "collector")
"""The order in which the entries of a platform add to a host."""


def lower_hub(deployment: Deployment, host: str = HUB) -> Host:
    """One central host of an environment, with the roles that it serves."""
    context = hub_context(deployment, host)
    served = (entry for entry in _entries(deployment) if deployment.host_of(entry.role) == host)
    return _host(deployment, host, (entry.hub(context) for entry in served if entry.hub))


def lower_gateway(deployment: Deployment, site: Site, gateway: Gateway) -> Host:
    """One gateway's host."""
    context = gateway_context(deployment, site, gateway)
    host = address.host_of_gateway(site.name, gateway.name)
    made = _host(deployment, host, (e.gateway(context) for e in _entries(deployment) if e.gateway))
    return replace(made, arch=gateway.arch)


def lower_schema(deployment: Deployment) -> Schema:
    """The schema of the time-series database."""
    entry = next(e for e in _entries(deployment) if e.schema)
    assert entry.schema is not None
    host = deployment.host_of(entry.role)
    return replace(entry.schema(hub_context(deployment, host)), place=_place(deployment, host))


def gateway_context(deployment: Deployment, site: Site, gateway: Gateway) -> GatewayContext:
    """What a catalog entry is given to lower a gateway from."""
    devices = tuple(device for device in site.devices if device.gateway == gateway.name)
    return GatewayContext(
        deployment,
        site,
        gateway,
        devices,
        {device.name: tuple(series_of_device(deployment, device)) for device in devices},
        {device.name: endpoint(deployment, device) for device in devices},
        tuple(gateway_rights(deployment, site, gateway)),
    )


def hub_context(deployment: Deployment, host: str = HUB) -> HubContext:
    """What a catalog entry is given to lower a central host from."""
    return HubContext(deployment, tuple(rights(deployment)), lambda: _all_series(deployment), host)


def _all_series(deployment: Deployment) -> tuple[Series, ...]:
    devices = (device for site in deployment.sites.values() for device in site.devices)
    return tuple(series for device in devices for series in series_of_device(deployment, device))


def _entries(deployment: Deployment) -> list[PlatformEntry]:
    chosen = deployment.platform
    return [platform_entry(role, chosen[role].engine) for role in ROLES if role in chosen]


def _place(deployment: Deployment, host: str) -> HostPlace | None:
    return deployment.environment.hosts.get(host.removeprefix("host/"))


def _host(deployment: Deployment, name: str, contributions: Iterable[Contribution]) -> Host:
    parts = list(contributions)
    runtime = platform_entry("runtime", deployment.platform["runtime"].engine)

    def limited(service: Service) -> Service:
        return runtime.limit(deployment, service) if runtime.limit else service

    programs = tuple(sorted({program for part in parts for program in part.programs}))
    return Host(
        address=name,
        place=_place(deployment, name),
        programs=programs,
        versions=versions(programs),
        directories=tuple(directory for part in parts for directory in part.directories),
        files=tuple(file for part in parts for file in part.files),
        services=tuple(limited(service) for part in parts for service in part.services),
        runtime=runtime.engine,
        packages=tuple(
            dict.fromkeys((*(p for part in parts for p in part.packages), *_packages(deployment)))
        ),
        certificates=tuple(dict.fromkeys(one for part in parts for one in part.certificates)),
        firewall=() if deployment.environment.local else firewall(flows_to(deployment, name)),
    )


def _packages(deployment: Deployment) -> tuple[Package, ...]:
    """What every host of its own needs: the program that loads its firewall."""
    return () if deployment.environment.local else (Package("nftables"),)
