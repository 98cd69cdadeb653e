"""The private network: subnets in two zones, and one security group for each thing that is reached."""

from __future__ import annotations

import ipaddress
import zlib
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stacks.aws import tags
from stacks.contract.arguments import Arguments

ZONES = 2
"""A managed database and a cluster ask for subnets in two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArgs:
    """What the network serves. ``nat``: machines without an address of their own reach out through a
    gateway.
    """

    arguments: Arguments
    nat: bool


class Network(pulumi.ComponentResource):
    """VPC, subnets and routes. Outer subnets are for what has a public address, inner ones for the rest.
    ``inside``: the security group of the stack's machines.
    """

    vpc_id: pulumi.Output[str]
    inside: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:aws:Network", name, None, opts)
        self._name = name
        self._arguments = args.arguments
        self._child = pulumi.ResourceOptions(parent=self)
        self._vpc = self._make_vpc()
        self.vpc_id = self._vpc.id
        self._gateway = aws.ec2.InternetGateway(
            f"{name}-gateway", vpc_id=self.vpc_id, tags=self._tags("gateway"), opts=self._child
        )
        # The first half of the network is the outer one, the second half the inner one.
        blocks = list(ipaddress.ip_network(args.arguments.network.cidr).subnets(prefixlen_diff=3))
        zones = aws.get_availability_zones_output(
            state="available",
            filters=[
                aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])
            ],
            opts=pulumi.InvokeOutputOptions(parent=self),
        ).names
        self.outer = [self._subnet("outer", zones, n, str(blocks[n])) for n in range(ZONES)]
        self.inner = [self._subnet("inner", zones, n, str(blocks[4 + n])) for n in range(ZONES)]
        self._outer_routes()
        self._inner_routes(nat=args.nat)
        self.inside = self._make_inside()
        self.register_outputs({"vpc_id": self.vpc_id})

    def place(self, machine: str) -> aws.ec2.Subnet:
        """The outer subnet of a machine: by its name, so that other machines do not move it."""
        return self.outer[zlib.crc32(machine.encode()) % ZONES]

    def _make_inside(self) -> pulumi.Output[str]:
        """The group of the stack's machines: they reach each other; their own firewalls name the ports."""
        name = f"{self._name}-inside"
        group = aws.ec2.SecurityGroup(
            name,
            description="The stack's own machines",
            vpc_id=self.vpc_id,
            tags=self._tags("inside"),
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=group.id,
            ip_protocol="-1",
            referenced_security_group_id=group.id,
            description="one machine of the stack to another",
            tags=self._tags("inside"),
            opts=self._child,
        )
        return group.id

    def group(self, target: str, parent: pulumi.Resource) -> aws.ec2.SecurityGroup:
        """A security group that lets in what the arguments open for this target, and no more."""
        child = pulumi.ResourceOptions(parent=parent)
        group = aws.ec2.SecurityGroup(
            f"{self._name}-{target}",
            description=f"What reaches {target}",
            vpc_id=self.vpc_id,
            tags=self._tags(target),
            opts=child,
        )
        for door in self._arguments.network.ingress:
            for network in door.networks if door.target == target else ():
                aws.vpc.SecurityGroupIngressRule(
                    f"{self._name}-{target}-{door.port}-{network}",
                    security_group_id=group.id,
                    ip_protocol="tcp",
                    from_port=door.port,
                    to_port=door.port,
                    cidr_ipv4=network,
                    description=door.purpose,
                    tags=self._tags(target),
                    opts=child,
                )
        return group

    def _tags(self, name: str) -> dict[str, str]:
        return dict(tags.of(self._arguments, name))

    def _make_vpc(self) -> aws.ec2.Vpc:
        vpc = aws.ec2.Vpc(
            self._name,
            cidr_block=self._arguments.network.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self._tags("network"),
            opts=self._child,
        )
        # The group that AWS makes by itself lets its members reach each other: without rules nobody may.
        aws.ec2.DefaultSecurityGroup(
            f"{self._name}-default", vpc_id=vpc.id, tags=self._tags("default"), opts=self._child
        )
        return vpc

    def _subnet(self, kind: str, zones: pulumi.Output[list[str]], n: int, cidr: str) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{self._name}-{kind}-{n}",
            vpc_id=self.vpc_id,
            cidr_block=cidr,
            availability_zone=zones[n],
            map_public_ip_on_launch=False,
            tags=self._tags(f"{kind}-{n}"),
            opts=self._child,
        )

    def _outer_routes(self) -> None:
        table = self._table("outer", self.outer)
        aws.ec2.Route(
            f"{self._name}-out",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=self._gateway.id,
            opts=self._child,
        )

    def _inner_routes(self, *, nat: bool) -> None:
        table = self._table("inner", self.inner)
        if nat:
            aws.ec2.Route(
                f"{self._name}-nat",
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=self._nat().id,
                opts=self._child,
            )

    def _nat(self) -> aws.ec2.NatGateway:
        address = aws.ec2.Eip(f"{self._name}-nat", domain="vpc", tags=self._tags("nat"), opts=self._child)
        return aws.ec2.NatGateway(
            f"{self._name}-nat",
            subnet_id=self.outer[0].id,
            allocation_id=address.allocation_id,
            tags=self._tags("nat"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._gateway]),
        )

    def _table(self, kind: str, subnets: list[aws.ec2.Subnet]) -> aws.ec2.RouteTable:
        table = aws.ec2.RouteTable(
            f"{self._name}-{kind}", vpc_id=self.vpc_id, tags=self._tags(kind), opts=self._child
        )
        for n, subnet in enumerate(subnets):
            aws.ec2.RouteTableAssociation(
                f"{self._name}-{kind}-{n}", route_table_id=table.id, subnet_id=subnet.id, opts=self._child
            )
        return table
