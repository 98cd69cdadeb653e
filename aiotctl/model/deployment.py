"""One environment of a blueprint, nothing left to look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiotctl.model.blueprint import (
    AccessRole,
    Choice,
    DeviceType,
    Environment,
    Gateway,
    HostPlace,
    Pipeline,
    Site,
)
from aiotctl.model.names import HUB

BESIDE = ("collector", "timeseries", "broker")
"""Where what no host serves is done: on the host of the first of these that one serves."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Selection and overlay applied, fleet expanded.

    ``identities`` maps the address of a moved thing to the address it was first known by: series ids are
    derived from the first address, so history goes along. ``access`` are the roles with the pipelines and
    sites that are there.
    """

    blueprint: str
    owner: str
    environment: Environment
    device_types: Mapping[str, DeviceType]
    sites: Mapping[str, Site]
    pipelines: Mapping[str, Pipeline]
    platform: Mapping[str, Choice]
    identities: Mapping[str, str]
    access: Mapping[str, AccessRole] = field(default_factory=dict[str, AccessRole])

    def host_of(self, role: str) -> str:
        """Address of the host that serves a role of the platform. The hub's collector lives beside the
        database, or beside the broker where no host has the database; what works for a role that the cloud
        serves, beside the collector.
        """
        if self.environment.local:
            return HUB
        wanted = (role, *BESIDE)
        named = (place.name for one in wanted for place in self.environment.central if one in place.serves)
        return f"host/{next(named)}"

    def roles_of(self, place: HostPlace) -> tuple[str, ...]:
        """The roles that a central host carries, the collector too where it lives there."""
        if not place.serves or "collector" in place.serves:
            return place.serves
        here = self.host_of("collector") == f"host/{place.name}"
        return (*place.serves, *(("collector",) if here else ()))

    def hubs(self) -> tuple[str, ...]:
        """Addresses of the central hosts, in the order in which they are declared."""
        if self.environment.local:
            return (HUB,)
        return tuple(f"host/{place.name}" for place in self.environment.central)

    def gateway_of(self, unit: str) -> tuple[Site, Gateway]:
        """Site and gateway of a host unit (``host/SITE/GATEWAY``). Raises KeyError where there is none."""
        _, site_name, name = unit.split("/")
        site = self.sites[site_name]
        return site, {gateway.name: gateway for gateway in site.gateways}[name]
