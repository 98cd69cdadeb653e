"""A machine: Debian 12, an encrypted disk, an address that stays, and only its own ports open."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stacks.aws import tags
from stacks.aws.network import Network
from stacks.aws.sizes import instance_type
from stacks.contract import arguments as contract
from stacks.contract.first_boot import cloud_config

DEBIAN = "136693071363"
"""The account that publishes Debian's own images."""

IMAGE = "debian-12-{arch}-20251112-2294"
"""One exact build: the same machine next week."""

MADE_ONCE = ["ami", "userDataBase64"]
"""What is read at the first boot alone. A newer image or login key must not replace a machine with data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineArgs:
    """``profile``: the identity it takes; ``host_key``: its private host key."""

    arguments: contract.Arguments
    machine: contract.Machine
    network: Network
    profile: pulumi.Input[str]
    host_key: pulumi.Output[str]


class Machine(pulumi.ComponentResource):
    """An EC2 instance."""

    instance_id: pulumi.Output[str]
    address: pulumi.Output[str]
    private_address: pulumi.Output[str]

    def __init__(self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:aws:Machine", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        own = tags.of(args.arguments, args.machine.name)
        address = aws.ec2.Eip(name, domain="vpc", tags=own, opts=child)
        instance = self._instance(name, args, self._security(name, args, own))
        aws.ec2.EipAssociation(name, allocation_id=address.allocation_id, instance_id=instance.id, opts=child)
        self.instance_id = instance.id
        self.address = address.public_ip
        self.private_address = instance.private_ip
        self.register_outputs({"address": self.address, "private_address": self.private_address})

    def _security(self, name: str, args: MachineArgs, own: Mapping[str, str]) -> pulumi.Output[str]:
        group = args.network.group(args.machine.name, self)
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-out",
            security_group_id=group.id,
            ip_protocol="-1",
            cidr_ipv4="0.0.0.0/0",
            description="packages, time, names, and the hub's own services",
            tags=own,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return group.id

    def _instance(self, name: str, args: MachineArgs, group: pulumi.Output[str]) -> aws.ec2.Instance:
        machine = args.machine
        own = tags.of(args.arguments, machine.name)
        return aws.ec2.Instance(
            name,
            ami=self._image(machine.arch),
            instance_type=instance_type(machine.vcpus, machine.memory_gib, machine.arch),
            subnet_id=args.network.place(machine.name).id,
            vpc_security_group_ids=[args.network.inside, group],
            associate_public_ip_address=False,  # it gets one that stays
            iam_instance_profile=args.profile,
            disable_api_termination=args.arguments.production,
            ebs_optimized=True,
            monitoring=args.arguments.production,
            metadata_options=aws.ec2.InstanceMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(
                encrypted=True,
                volume_type="gp3",
                volume_size=machine.disk_gib,
                delete_on_termination=not args.arguments.production,
                tags=own,
            ),
            user_data_base64=args.host_key.apply(lambda key: _encoded(cloud_config(machine, key))),
            tags=own,
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.arguments.production, ignore_changes=MADE_ONCE
            ),
        )

    def _image(self, arch: str) -> pulumi.Output[str]:
        return aws.ec2.get_ami_output(
            owners=[DEBIAN],
            filters=[
                aws.ec2.GetAmiFilterArgs(name="name", values=[IMAGE.format(arch=arch)]),
                aws.ec2.GetAmiFilterArgs(name="virtualization-type", values=["hvm"]),
            ],
            opts=pulumi.InvokeOutputOptions(parent=self),
        ).id


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
