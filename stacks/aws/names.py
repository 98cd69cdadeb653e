"""Names of machines in a DNS zone that the account has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

SECONDS = 60
"""How long a name may be remembered: a replaced machine is found again within a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesArgs:
    """``zone``: a public zone of Route 53; ``prefix``: what sets the stack's names apart in it;
    ``addresses``: of machines, by name.
    """

    zone: str
    prefix: str
    addresses: Mapping[str, pulumi.Input[str]]


class Names(pulumi.ComponentResource):
    """A record for each machine. ``names``: by machine."""

    names: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: NamesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:aws:Names", name, None, opts)
        zone = aws.route53.get_zone_output(
            name=args.zone, private_zone=False, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        self.names = {
            machine: aws.route53.Record(
                f"{name}-{machine}",
                zone_id=zone.zone_id,
                name=f"{machine}.{args.prefix}.{args.zone}",
                type=aws.route53.RecordType.A,
                ttl=SECONDS,
                records=[address],
                opts=pulumi.ResourceOptions(parent=self),
            ).fqdn
            for machine, address in args.addresses.items()
        }
        self.register_outputs(dict(self.names))
