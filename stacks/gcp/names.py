"""Names of machines in a DNS zone that the project has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

SECONDS = 60
"""How long a name may be remembered: a replaced machine is found again within a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesArgs:
    """``zone``: the DNS name of a public managed zone; ``prefix``: what sets the stack's names apart in it;
    ``addresses``: of machines, by name.
    """

    zone: str
    prefix: str
    addresses: Mapping[str, pulumi.Input[str]]


class Names(pulumi.ComponentResource):
    """A record for each machine. ``names``: by machine."""

    names: Mapping[str, str]

    def __init__(self, name: str, args: NamesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:gcp:Names", name, None, opts)
        zone = gcp.dns.get_managed_zones_output(opts=pulumi.InvokeOutputOptions(parent=self)).apply(
            lambda found: _zone(found, args.zone)
        )
        self.names = {machine: f"{machine}.{args.prefix}.{args.zone}" for machine in args.addresses}
        for machine, address in args.addresses.items():
            gcp.dns.RecordSet(
                f"{name}-{machine}",
                managed_zone=zone,
                name=f"{self.names[machine]}.",
                type="A",
                ttl=SECONDS,
                rrdatas=[address],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs(dict(self.names))


def _zone(found: gcp.dns.GetManagedZonesResult, dns_name: str) -> str:
    """Google's own name of the zone; zones are asked for by it, and nobody writes it into a blueprint."""
    for zone in found.managed_zones:
        if zone.dns_name.rstrip(".") == dns_name and zone.visibility == "public" and zone.name:
            return zone.name
    raise ValueError(f"the project has no public zone {dns_name}")
