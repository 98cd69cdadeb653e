"""The managed Kubernetes cluster: nodes without public addresses, an API that few networks reach."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from stacks.contract import arguments as contract
from stacks.gcp import labels
from stacks.gcp.identity import service_account
from stacks.gcp.network import Network
from stacks.gcp.sizes import machine_type

NODE_DISK_GIB = 50
NODE_ROLE = "roles/container.defaultNodeServiceAccount"
API = "172.31.255.0/28"
"""Where the API stands, seen from the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterArgs:
    """The cluster that is asked for, and the network in which it stands."""

    arguments: contract.Arguments
    cluster: contract.Cluster
    network: Network


class Cluster(pulumi.ComponentResource):
    """A GKE cluster with one pool of nodes. ``authority``: PEM of who signs the API's certificate."""

    endpoint: pulumi.Output[str]
    authority: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:gcp:Cluster", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._project = gcp.organizations.get_client_config_output(
            opts=pulumi.InvokeOutputOptions(parent=self)
        ).project
        cluster = self._cluster(name, args)
        self._nodes(name, args, cluster)
        self.endpoint = pulumi.Output.format("https://{0}", cluster.endpoint)
        self.authority = cluster.master_auth.cluster_ca_certificate.apply(
            lambda text: base64.b64decode(text or "").decode()
        )
        self.register_outputs({"endpoint": self.endpoint})

    def _cluster(self, name: str, args: ClusterArgs) -> gcp.container.Cluster:
        networks = [
            network
            for door in args.arguments.network.ingress
            if door.target == "cluster"
            for network in door.networks
        ]
        return gcp.container.Cluster(
            name,
            name=name,
            location=args.arguments.region,
            node_locations=[args.network.zone(args.cluster.name)],
            min_master_version=args.cluster.version,
            release_channel=gcp.container.ClusterReleaseChannelArgs(channel="STABLE"),
            network=args.network.network_id,
            subnetwork=args.network.subnet_id,
            networking_mode="VPC_NATIVE",
            ip_allocation_policy=gcp.container.ClusterIpAllocationPolicyArgs(
                cluster_ipv4_cidr_block="/17", services_ipv4_cidr_block="/22"
            ),
            datapath_provider="ADVANCED_DATAPATH",
            private_cluster_config=gcp.container.ClusterPrivateClusterConfigArgs(
                enable_private_nodes=True,
                enable_private_endpoint=not networks,
                master_ipv4_cidr_block=API,
            ),
            master_authorized_networks_config=_authorized(networks),
            workload_identity_config=gcp.container.ClusterWorkloadIdentityConfigArgs(
                workload_pool=pulumi.Output.format("{0}.svc.id.goog", self._project)
            ),
            enable_shielded_nodes=True,
            remove_default_node_pool=True,
            initial_node_count=1,
            deletion_protection=args.arguments.production,
            resource_labels=labels.of(args.arguments),
            opts=pulumi.ResourceOptions(parent=self, protect=args.arguments.production),
        )

    def _nodes(self, name: str, args: ClusterArgs, cluster: gcp.container.Cluster) -> None:
        account = service_account(f"{name}-nodes", f"Nodes of {name}", self._child)
        right = gcp.projects.IAMMember(
            f"{name}-nodes",
            project=self._project,
            role=NODE_ROLE,
            member=account.member,
            opts=self._child,
        )
        gcp.container.NodePool(
            name,
            name="nodes",
            cluster=cluster.id,
            version=args.cluster.version,
            node_count=args.cluster.nodes,
            management=gcp.container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
            node_config=_node(args, account.email),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[right]),
        )


def _authorized(networks: list[str]) -> gcp.container.ClusterMasterAuthorizedNetworksConfigArgs:
    return gcp.container.ClusterMasterAuthorizedNetworksConfigArgs(
        cidr_blocks=[
            gcp.container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(cidr_block=network)
            for network in networks
        ],
        gcp_public_cidrs_access_enabled=False,
    )


def _node(args: ClusterArgs, account: pulumi.Input[str]) -> gcp.container.NodePoolNodeConfigArgs:
    return gcp.container.NodePoolNodeConfigArgs(
        machine_type=machine_type(args.cluster.vcpus, args.cluster.memory_gib),
        image_type="COS_CONTAINERD",
        disk_size_gb=NODE_DISK_GIB,
        disk_type="pd-balanced",
        service_account=account,
        oauth_scopes=["https://www.googleapis.com/auth/cloud-platform"],
        shielded_instance_config=gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs(
            enable_secure_boot=True, enable_integrity_monitoring=True
        ),
        workload_metadata_config=gcp.container.NodePoolNodeConfigWorkloadMetadataConfigArgs(
            mode="GKE_METADATA"
        ),
        resource_labels=labels.of(args.arguments),
    )
