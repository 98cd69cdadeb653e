"""The managed Kubernetes cluster: nodes without public addresses, an API that few networks reach."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import containerservice

from stacks.azure.group import Scope
from stacks.azure.lock import keep
from stacks.azure.network import Network
from stacks.azure.sizes import machine_size
from stacks.contract import arguments as contract

NODE_DISK_GIB = 50

AUTHORITY = re.compile(r"certificate-authority-data:\s*(\S+)")

INSIDE = containerservice.ContainerServiceNetworkProfileArgs(
    network_plugin=containerservice.NetworkPlugin.AZURE,
    network_plugin_mode=containerservice.NetworkPluginMode.OVERLAY,
    network_policy=containerservice.NetworkPolicy.CILIUM,
    network_dataplane=containerservice.NetworkDataplane.CILIUM,
    pod_cidr="172.24.0.0/14",
    service_cidr="172.31.0.0/16",
    dns_service_ip="172.31.0.10",
)
"""Networks that are seen inside the cluster alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterArgs:
    """The cluster that is asked for, and the network in which it stands."""

    scope: Scope
    cluster: contract.Cluster
    network: Network


class Cluster(pulumi.ComponentResource):
    """An AKS cluster with one pool of nodes. ``authority``: PEM of who signs the API's certificate."""

    endpoint: pulumi.Output[str]
    authority: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:azure:Cluster", name, None, opts)
        networks = [
            network
            for door in args.scope.arguments.network.ingress
            if door.target == "cluster"
            for network in door.networks
        ]
        cluster = self._cluster(name, args, networks)
        keep(name, args.scope, cluster.id, self)
        reached = cluster.fqdn if networks else cluster.private_fqdn
        self.endpoint = pulumi.Output.format("https://{0}:443", reached)
        self.authority = containerservice.list_managed_cluster_user_credentials_output(
            resource_group_name=args.scope.group,
            resource_name=cluster.name,
            opts=pulumi.InvokeOutputOptions(parent=self),
        ).apply(lambda told: _authority(told.kubeconfigs[0].value))
        self.register_outputs({"endpoint": self.endpoint})

    def _cluster(self, name: str, args: ClusterArgs, networks: list[str]) -> containerservice.ManagedCluster:
        wanted, production = args.cluster, args.scope.arguments.production
        return containerservice.ManagedCluster(
            name,
            resource_name_=name,
            resource_group_name=args.scope.group,
            location=args.scope.arguments.region,
            kubernetes_version=wanted.version,
            dns_prefix=name,
            sku=containerservice.ManagedClusterSKUArgs(
                name="Base", tier="Standard" if production else "Free"
            ),
            identity=containerservice.ManagedClusterIdentityArgs(
                type=containerservice.ResourceIdentityType.SYSTEM_ASSIGNED
            ),
            enable_rbac=True,
            aad_profile=containerservice.ManagedClusterAADProfileArgs(managed=True, enable_azure_rbac=True),
            disable_local_accounts=True,
            api_server_access_profile=_access(networks),
            agent_pool_profiles=[_pool(args)],
            network_profile=INSIDE,
            auto_upgrade_profile=containerservice.ManagedClusterAutoUpgradeProfileArgs(
                upgrade_channel=containerservice.UpgradeChannel.PATCH
            ),
            tags=args.scope.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=production),
        )


def _access(networks: list[str]) -> containerservice.ManagedClusterAPIServerAccessProfileArgs:
    if networks:
        return containerservice.ManagedClusterAPIServerAccessProfileArgs(authorized_ip_ranges=networks)
    return containerservice.ManagedClusterAPIServerAccessProfileArgs(enable_private_cluster=True)


def _pool(args: ClusterArgs) -> containerservice.ManagedClusterAgentPoolProfileArgs:
    wanted = args.cluster
    return containerservice.ManagedClusterAgentPoolProfileArgs(
        name="nodes",
        mode=containerservice.AgentPoolMode.SYSTEM,
        type=containerservice.AgentPoolType.VIRTUAL_MACHINE_SCALE_SETS,
        os_type=containerservice.OSType.LINUX,
        os_disk_size_gb=NODE_DISK_GIB,
        orchestrator_version=wanted.version,
        count=wanted.nodes,
        vm_size=machine_size(wanted.vcpus, wanted.memory_gib),
        vnet_subnet_id=args.network.nodes,
        enable_encryption_at_host=True,
        enable_node_public_ip=False,
        tags=args.scope.tags,
    )


def _authority(kubeconfig: str) -> str:
    found = AUTHORITY.search(base64.b64decode(kubeconfig).decode())
    return base64.b64decode(found[1]).decode() if found else ""
