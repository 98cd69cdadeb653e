"""A machine: Debian 12, encrypted disks, an address that stays, and only its own ports open."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import compute, network

from stacks.azure.group import Scope
from stacks.azure.lock import keep
from stacks.azure.network import Network
from stacks.azure.sizes import machine_size
from stacks.contract import arguments as contract
from stacks.contract.first_boot import cloud_config

VERSION = "0.20251112.2294"
"""One exact build of Debian's own image: the same machine next week."""

IMAGES = {"amd64": "12-gen2", "arm64": "12-arm64"}

MADE_ONCE = ["storageProfile.imageReference", "osProfile"]
"""What is read at the first boot alone. A newer image or login key must not replace a machine with data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineArgs:
    """``identity``: that it takes; ``host_key``: its private host key."""

    scope: Scope
    machine: contract.Machine
    network: Network
    identity: pulumi.Input[str]
    host_key: pulumi.Output[str]


class Machine(pulumi.ComponentResource):
    """A virtual machine with an interface and an address of its own."""

    machine_id: pulumi.Output[str]
    machine_name: pulumi.Output[str]
    address: pulumi.Output[str]
    private_address: pulumi.Output[str]

    def __init__(self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:azure:Machine", name, None, opts)
        self._scope = args.scope
        self._child = pulumi.ResourceOptions(parent=self)
        address = self._address(name)
        interface = self._interface(name, args, address)
        machine = self._machine(name, args, interface)
        keep(name, args.scope, machine.id, self)
        self.machine_id, self.machine_name = machine.id, machine.name
        self.address = address.ip_address.apply(lambda found: found or "")
        self.private_address = interface.ip_configurations.apply(_private)
        self.register_outputs({"address": self.address, "private_address": self.private_address})

    def _address(self, name: str) -> network.PublicIPAddress:
        return network.PublicIPAddress(
            name,
            public_ip_address_name=name,
            resource_group_name=self._scope.group,
            location=self._scope.arguments.region,
            public_ip_allocation_method=network.IPAllocationMethod.STATIC,
            sku=network.PublicIPAddressSkuArgs(name=network.PublicIPAddressSkuName.STANDARD),
            tags=self._scope.tags,
            opts=self._child,
        )

    def _interface(
        self, name: str, args: MachineArgs, address: network.PublicIPAddress
    ) -> network.NetworkInterface:
        return network.NetworkInterface(
            name,
            network_interface_name=name,
            resource_group_name=self._scope.group,
            location=self._scope.arguments.region,
            network_security_group=network.NetworkSecurityGroupArgs(
                id=args.network.doors(name, args.machine.name, self)
            ),
            ip_configurations=[
                network.NetworkInterfaceIPConfigurationArgs(
                    name="main",
                    subnet=network.SubnetArgs(id=args.network.machines),
                    private_ip_allocation_method=network.IPAllocationMethod.DYNAMIC,
                    public_ip_address=network.PublicIPAddressArgs(id=address.id),
                )
            ],
            tags=self._scope.tags,
            opts=self._child,
        )

    def _machine(
        self, name: str, args: MachineArgs, interface: network.NetworkInterface
    ) -> compute.VirtualMachine:
        wanted, production = args.machine, self._scope.arguments.production
        return compute.VirtualMachine(
            name,
            vm_name=wanted.name,
            resource_group_name=self._scope.group,
            location=self._scope.arguments.region,
            hardware_profile=compute.HardwareProfileArgs(
                vm_size=machine_size(wanted.vcpus, wanted.memory_gib, wanted.arch)
            ),
            identity=compute.VirtualMachineIdentityArgs(
                type=compute.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[args.identity]
            ),
            network_profile=compute.NetworkProfileArgs(
                network_interfaces=[compute.NetworkInterfaceReferenceArgs(id=interface.id, primary=True)]
            ),
            os_profile=_first_boot(wanted, args.host_key),
            security_profile=_security(wanted.arch),
            storage_profile=_storage(wanted, production=production),
            diagnostics_profile=compute.DiagnosticsProfileArgs(
                boot_diagnostics=compute.BootDiagnosticsArgs(enabled=True)
            ),
            tags=self._scope.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=production, ignore_changes=MADE_ONCE),
        )


def _first_boot(wanted: contract.Machine, host_key: pulumi.Output[str]) -> compute.OSProfileArgs:
    return compute.OSProfileArgs(
        computer_name=wanted.name,
        admin_username=wanted.login,
        custom_data=host_key.apply(lambda key: base64.b64encode(cloud_config(wanted, key).encode()).decode()),
        linux_configuration=compute.LinuxConfigurationArgs(
            disable_password_authentication=True,
            ssh=compute.SshConfigurationArgs(
                public_keys=[
                    compute.SshPublicKeyArgs(
                        key_data=wanted.login_key, path=f"/home/{wanted.login}/.ssh/authorized_keys"
                    )
                ]
            ),
        ),
    )


def _security(arch: str) -> compute.SecurityProfileArgs:
    """Disks and their caches are encrypted where the machine runs; what boots is measured where images for
    the architecture allow it.
    """
    if arch != "amd64":
        return compute.SecurityProfileArgs(encryption_at_host=True)
    return compute.SecurityProfileArgs(
        encryption_at_host=True,
        security_type=compute.SecurityTypes.TRUSTED_LAUNCH,
        uefi_settings=compute.UefiSettingsArgs(secure_boot_enabled=True, v_tpm_enabled=True),
    )


def _storage(wanted: contract.Machine, *, production: bool) -> compute.StorageProfileArgs:
    return compute.StorageProfileArgs(
        image_reference=compute.ImageReferenceArgs(
            publisher="Debian", offer="debian-12", sku=IMAGES[wanted.arch], version=VERSION
        ),
        os_disk=compute.OSDiskArgs(
            create_option=compute.DiskCreateOptionTypes.FROM_IMAGE,
            disk_size_gb=wanted.disk_gib,
            caching=compute.CachingTypes.READ_WRITE,
            delete_option=compute.DiskDeleteOptionTypes.DETACH
            if production
            else compute.DiskDeleteOptionTypes.DELETE,
            managed_disk=compute.ManagedDiskParametersArgs(
                storage_account_type=compute.StorageAccountTypes.PREMIUM_LRS
            ),
        ),
    )


def _private(configurations: Sequence[network.outputs.NetworkInterfaceIPConfigurationResponse] | None) -> str:
    return next((one.private_ip_address or "" for one in configurations or ()), "")
