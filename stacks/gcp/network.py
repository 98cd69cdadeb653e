"""The private network: one subnet, and a firewall rule for each port that is open."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from stacks.contract.arguments import Arguments
from stacks.gcp import labels

ZONES = 2
"""Machines are spread over the region's first two."""

SERVICES = "servicenetworking.googleapis.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArgs:
    """What the network serves. ``nat``: machines without an address of their own reach out through a router;
    ``services``: a managed database is reached at an address inside.
    """

    arguments: Arguments
    nat: bool
    services: bool


class Network(pulumi.ComponentResource):
    """A VPC with a subnet in the stack's region. ``services``: there once managed services are reached."""

    network_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    services: gcp.servicenetworking.Connection | None

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:gcp:Network", name, None, opts)
        self._name = name
        self._arguments = args.arguments
        self._child = pulumi.ResourceOptions(parent=self)
        network = gcp.compute.Network(name, auto_create_subnetworks=False, opts=self._child)
        subnet = gcp.compute.Subnetwork(
            name,
            network=network.id,
            region=args.arguments.region,
            ip_cidr_range=args.arguments.network.cidr,
            private_ip_google_access=True,
            opts=self._child,
        )
        self._zones = gcp.compute.get_zones_output(
            region=args.arguments.region, status="UP", opts=pulumi.InvokeOutputOptions(parent=self)
        ).apply(lambda found: sorted(found.names))
        self.network_id, self.subnet_id = network.id, subnet.id
        self.services = self._services(network) if args.services else None
        if args.nat:
            self._nat(network)
        self._open()
        self._between()
        self.register_outputs({"network_id": self.network_id, "subnet_id": self.subnet_id})

    def zone(self, thing: str) -> pulumi.Output[str]:
        """The zone of a thing: by its name, so that other things do not move it."""
        return self._zones[zlib.crc32(thing.encode()) % ZONES]

    def mark(self, target: str) -> str:
        """The network tag by which the firewall knows a target."""
        return f"{self._name}-{target}"

    def _open(self) -> None:
        """What no rule lets in stays out: that is Google's own last rule."""
        for door in self._arguments.network.ingress:
            if door.target in {machine.name for machine in self._arguments.machines}:
                gcp.compute.Firewall(
                    f"{self._name}-{door.target}-{door.port}",
                    network=self.network_id,
                    direction="INGRESS",
                    source_ranges=list(door.networks),
                    target_tags=[self.mark(door.target)],
                    allows=[gcp.compute.FirewallAllowArgs(protocol="tcp", ports=[str(door.port)])],
                    description=door.purpose,
                    opts=self._child,
                )

    def _between(self) -> None:
        """Machines of the stack reach each other; their own firewalls say on which ports."""
        machines = [self.mark(machine.name) for machine in self._arguments.machines]
        if machines:
            gcp.compute.Firewall(
                f"{self._name}-inside",
                network=self.network_id,
                direction="INGRESS",
                source_tags=machines,
                target_tags=machines,
                allows=[gcp.compute.FirewallAllowArgs(protocol="all")],
                description="one machine of the stack to another",
                opts=self._child,
            )

    def _services(self, network: gcp.compute.Network) -> gcp.servicenetworking.Connection:
        block = gcp.compute.GlobalAddress(
            f"{self._name}-services",
            network=network.id,
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            prefix_length=20,
            labels=labels.of(self._arguments),
            opts=self._child,
        )
        return gcp.servicenetworking.Connection(
            f"{self._name}-services",
            network=network.id,
            service=SERVICES,
            reserved_peering_ranges=[block.name],
            opts=self._child,
        )

    def _nat(self, network: gcp.compute.Network) -> None:
        router = gcp.compute.Router(
            f"{self._name}-nat", network=network.id, region=self._arguments.region, opts=self._child
        )
        gcp.compute.RouterNat(
            f"{self._name}-nat",
            router=router.name,
            region=self._arguments.region,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
            opts=self._child,
        )
