"""One environment of a blueprint, nothing left to look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiotctl.model.blueprint import AccessRole, Choice, DeviceType, Environment, Pipeline, Site
from aiotctl.model.names import HUB


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
        """Address of the host that serves a role of the platform; the hub's collector lives beside the
        database.
        """
        if self.environment.local:
            return HUB
        places = self.environment.hosts.values()
        wanted = (role, "timeseries") if role == "collector" else (role,)
        named = (place.name for one in wanted for place in places if one in place.serves)
        return f"host/{next(named)}"

    def hubs(self) -> tuple[str, ...]:
        """Addresses of the central hosts, in the order in which they are declared."""
        if self.environment.local:
            return (HUB,)
        return tuple(f"host/{place.name}" for place in self.environment.hosts.values() if place.serves)
