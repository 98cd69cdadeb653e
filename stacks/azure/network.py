"""The private network: a subnet for machines, one for the database, one for nodes of a cluster."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from stacks.azure.group import Scope

OUTSIDE = "*"
FIRST_RULE = 100
LAST_RULE = 4096


DATABASE = network.DelegationArgs(name="database", service_name="Microsoft.DBforPostgreSQL/flexibleServers")

CLOSED = network.SecurityRuleArgs(
    name="everything-else",
    priority=LAST_RULE,
    direction=network.SecurityRuleDirection.INBOUND,
    access=network.SecurityRuleAccess.DENY,
    protocol=network.SecurityRuleProtocol.ASTERISK,
    source_address_prefix=OUTSIDE,
    source_port_range="*",
    destination_address_prefix="*",
    destination_port_range="*",
    description="without it, everything in the network reaches everything",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArgs:
    """Where the network is put."""

    scope: Scope


class Network(pulumi.ComponentResource):
    """A virtual network and its subnets."""

    network_id: pulumi.Output[str]
    machines: pulumi.Output[str]
    database: pulumi.Output[str]
    nodes: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:azure:Network", name, None, opts)
        self._scope = args.scope
        cidr = args.scope.arguments.network.cidr
        self._network = network.VirtualNetwork(
            name,
            resource_group_name=args.scope.group,
            location=args.scope.arguments.region,
            address_space=network.AddressSpaceArgs(address_prefixes=[cidr]),
            tags=args.scope.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.network_id = self._network.id
        blocks = [str(block) for block in ipaddress.ip_network(cidr).subnets(prefixlen_diff=2)]
        # Azure changes one subnet of a network at a time: each waits for the one before.
        self._inside = _between(blocks[0])
        machines = self._subnet(f"{name}-machines", blocks[0], None)
        database = self._subnet(f"{name}-database", blocks[1], machines, DATABASE)
        nodes = self._subnet(f"{name}-nodes", blocks[2], database)
        self.machines, self.database, self.nodes = machines.id, database.id, nodes.id
        self.register_outputs({"network_id": self.network_id})

    def doors(self, name: str, target: str, parent: pulumi.Resource) -> pulumi.Output[str]:
        """A security group that lets in what the arguments open for this target, and the stack's machines."""
        opened = [
            network.SecurityRuleArgs(
                name=f"port-{door.port}",
                priority=FIRST_RULE + n,
                direction=network.SecurityRuleDirection.INBOUND,
                access=network.SecurityRuleAccess.ALLOW,
                protocol=network.SecurityRuleProtocol.TCP,
                source_address_prefixes=list(door.networks),
                source_port_range="*",
                destination_address_prefix="*",
                destination_port_range=str(door.port),
                description=door.purpose,
            )
            for n, door in enumerate(self._scope.arguments.network.ingress)
            if door.target == target
        ]
        return network.NetworkSecurityGroup(
            name,
            resource_group_name=self._scope.group,
            location=self._scope.arguments.region,
            security_rules=[*opened, self._inside, CLOSED],
            tags=self._scope.tags,
            opts=pulumi.ResourceOptions(parent=parent),
        ).id

    def _subnet(
        self,
        name: str,
        cidr: str,
        after: network.Subnet | None,
        delegation: network.DelegationArgs | None = None,
    ) -> network.Subnet:
        return network.Subnet(
            name,
            resource_group_name=self._scope.group,
            virtual_network_name=self._network.name,
            address_prefix=cidr,
            default_outbound_access=False,
            delegations=[delegation] if delegation else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[after] if after else None),
        )


def _between(cidr: str) -> network.SecurityRuleArgs:
    """Machines of the stack reach each other; their own firewalls say on which ports."""
    return network.SecurityRuleArgs(
        name="inside",
        priority=LAST_RULE - 1,
        direction=network.SecurityRuleDirection.INBOUND,
        access=network.SecurityRuleAccess.ALLOW,
        protocol=network.SecurityRuleProtocol.ASTERISK,
        source_address_prefix=cidr,
        source_port_range="*",
        destination_address_prefix=cidr,
        destination_port_range="*",
        description="one machine of the stack to another",
    )
