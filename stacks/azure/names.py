"""Names of machines in a DNS zone that the subscription has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import dns

SECONDS = 60
"""How long a name may be remembered: a replaced machine is found again within a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesArgs:
    """``zone``: ``RESOURCE_GROUP/ZONE``, since Azure finds a zone in its group alone; ``prefix``: what sets
    the stack's names apart in it; ``addresses``: of machines, by name.
    """

    zone: str
    prefix: str
    addresses: Mapping[str, pulumi.Input[str]]


class Names(pulumi.ComponentResource):
    """A record for each machine. ``names``: by machine."""

    names: Mapping[str, str]

    def __init__(self, name: str, args: NamesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:azure:Names", name, None, opts)
        group, slash, zone = args.zone.partition("/")
        if not slash:
            raise ValueError(f"zone {args.zone!r}: in Azure it is written RESOURCE_GROUP/ZONE")
        for machine, address in args.addresses.items():
            dns.RecordSet(
                f"{name}-{machine}",
                resource_group_name=group,
                zone_name=zone,
                relative_record_set_name=f"{machine}.{args.prefix}",
                record_type="A",
                ttl=SECONDS,
                a_records=[dns.ARecordArgs(ipv4_address=address)],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.names = {machine: f"{machine}.{args.prefix}.{zone}" for machine in args.addresses}
        self.register_outputs(dict(self.names))
