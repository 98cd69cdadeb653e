"""A machine: Debian 12, an encrypted disk, an address that stays, and only its own ports open."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from stacks.contract import arguments as contract
from stacks.gcp import labels
from stacks.gcp.first_boot import script
from stacks.gcp.network import Network
from stacks.gcp.sizes import machine_type

IMAGES = {
    "amd64": "projects/debian-cloud/global/images/debian-12-bookworm-v20251209",
    "arm64": "projects/debian-cloud/global/images/debian-12-bookworm-arm64-v20251209",
}
"""One exact build of Debian's own image: the same machine next week."""

MADE_ONCE = ["bootDisk.initializeParams.image", "metadata"]
"""What is read at the first boot alone. A newer image or login key must not replace a machine with data."""

EVERYTHING = "https://www.googleapis.com/auth/cloud-platform"
"""A scope narrows what the service account may: its own few rights are narrow already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineArgs:
    """``account``: the service account's mail address; ``host_key``: its private host key."""

    arguments: contract.Arguments
    machine: contract.Machine
    network: Network
    account: pulumi.Input[str]
    host_key: pulumi.Output[str]


class Machine(pulumi.ComponentResource):
    """A Compute Engine instance. ``disk``: its boot disk's name; ``number``: its id in metrics."""

    address: pulumi.Output[str]
    private_address: pulumi.Output[str]
    disk: pulumi.Output[str]
    number: pulumi.Output[str]
    zone: pulumi.Output[str]

    def __init__(self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:gcp:Machine", name, None, opts)
        address = gcp.compute.Address(
            name,
            name=name,
            region=args.arguments.region,
            address_type="EXTERNAL",
            labels=labels.of(args.arguments),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.zone = args.network.zone(args.machine.name)
        instance = self._instance(name, args, address)
        self.address = address.address
        self.private_address = instance.network_interfaces[0].network_ip
        self.disk = instance.name  # a boot disk has its machine's name
        self.number = instance.instance_id
        self.register_outputs({"address": self.address, "private_address": self.private_address})

    def _instance(self, name: str, args: MachineArgs, address: gcp.compute.Address) -> gcp.compute.Instance:
        wanted, production = args.machine, args.arguments.production
        return gcp.compute.Instance(
            name,
            name=name,
            zone=self.zone,
            machine_type=machine_type(wanted.vcpus, wanted.memory_gib, wanted.arch),
            allow_stopping_for_update=True,
            deletion_protection=production,
            boot_disk=_disk(args),
            network_interfaces=[
                gcp.compute.InstanceNetworkInterfaceArgs(
                    subnetwork=args.network.subnet_id,
                    access_configs=[
                        gcp.compute.InstanceNetworkInterfaceAccessConfigArgs(nat_ip=address.address)
                    ],
                )
            ],
            service_account=gcp.compute.InstanceServiceAccountArgs(email=args.account, scopes=[EVERYTHING]),
            shielded_instance_config=gcp.compute.InstanceShieldedInstanceConfigArgs(
                enable_secure_boot=True, enable_vtpm=True, enable_integrity_monitoring=True
            ),
            metadata=args.host_key.apply(lambda key: _metadata(wanted, key)),
            tags=[args.network.mark(wanted.name)],
            labels=labels.of(args.arguments),
            opts=pulumi.ResourceOptions(parent=self, protect=production, ignore_changes=MADE_ONCE),
        )


def _disk(args: MachineArgs) -> gcp.compute.InstanceBootDiskArgs:
    return gcp.compute.InstanceBootDiskArgs(
        auto_delete=not args.arguments.production,
        initialize_params=gcp.compute.InstanceBootDiskInitializeParamsArgs(
            image=IMAGES[args.machine.arch],
            size=args.machine.disk_gib,
            type="pd-balanced",
            labels=labels.of(args.arguments),
        ),
    )


def _metadata(wanted: contract.Machine, host_key: str) -> dict[str, str]:
    """Keys of the project's people do not open this machine, and nothing is typed into its console."""
    return {
        "block-project-ssh-keys": "true",
        "enable-oslogin": "false",
        "serial-port-enable": "false",
        "startup-script": script(wanted, host_key),
    }
