"""The managed Kubernetes cluster: nodes without public addresses, an API that few networks reach."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stacks.aws import policy, tags
from stacks.aws.network import Network
from stacks.aws.sizes import instance_type
from stacks.contract import arguments as contract

NODE_DISK_GIB = 50

NODE_POLICIES = {
    "worker": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    "network": "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
    "images": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
}
CONTROL_POLICIES = {"control": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"}

LOGS = ["api", "audit", "authenticator"]


@dataclass(frozen=True, slots=True)
class Role:
    """A role, and the rights that must be there before it is of use."""

    arn: pulumi.Output[str]
    rights: tuple[aws.iam.RolePolicyAttachment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterArgs:
    """The cluster that is asked for, and the network in which it stands."""

    arguments: contract.Arguments
    cluster: contract.Cluster
    network: Network


class Cluster(pulumi.ComponentResource):
    """An EKS cluster with one group of nodes. ``authority``: PEM of who signs the API's certificate."""

    endpoint: pulumi.Output[str]
    authority: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:aws:Cluster", name, None, opts)
        self._own = tags.of(args.arguments, args.cluster.name)
        control = self._role(f"{name}-control", "eks", CONTROL_POLICIES)
        nodes = self._role(f"{name}-nodes", "ec2", NODE_POLICIES)
        cluster = self._control_plane(name, args, control)
        self._nodes(name, args, cluster, nodes)
        self.endpoint = cluster.endpoint
        self.authority = cluster.certificate_authority.data.apply(_decoded)
        self.register_outputs({"endpoint": self.endpoint})

    def _role(self, name: str, service: str, policies: Mapping[str, str]) -> Role:
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(name, assume_role_policy=policy.trust(service), tags=self._own, opts=child)
        rights = [
            aws.iam.RolePolicyAttachment(f"{name}-{right}", role=role.name, policy_arn=arn, opts=child)
            for right, arn in policies.items()
        ]
        return Role(role.arn, tuple(rights))

    def _control_plane(self, name: str, args: ClusterArgs, role: Role) -> aws.eks.Cluster:
        networks = [
            network
            for door in args.arguments.network.ingress
            if door.target == "cluster"
            for network in door.networks
        ]
        return aws.eks.Cluster(
            name,
            name=name,
            version=args.cluster.version,
            role_arn=role.arn,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=[subnet.id for subnet in args.network.inner],
                endpoint_private_access=True,
                endpoint_public_access=bool(networks),
                public_access_cidrs=networks or None,
            ),
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=True
            ),
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            enabled_cluster_log_types=LOGS,
            deletion_protection=args.arguments.production,
            tags=self._own,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=role.rights, protect=args.arguments.production
            ),
        )

    def _nodes(self, name: str, args: ClusterArgs, cluster: aws.eks.Cluster, role: Role) -> None:
        wanted = args.cluster
        template = self._template(f"{name}-nodes")
        aws.eks.NodeGroup(
            name,
            cluster_name=cluster.name,
            node_role_arn=role.arn,
            subnet_ids=[subnet.id for subnet in args.network.inner],
            ami_type="AL2023_x86_64_STANDARD",
            instance_types=[instance_type(wanted.vcpus, wanted.memory_gib)],
            version=wanted.version,
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                desired_size=wanted.nodes, min_size=wanted.nodes, max_size=wanted.nodes + 1
            ),
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            tags=self._own,
            opts=pulumi.ResourceOptions(parent=self, depends_on=role.rights),
        )

    def _template(self, name: str) -> aws.ec2.LaunchTemplate:
        """Nodes with encrypted disks, and tokens for their metadata (which a pod is two hops away from)."""
        return aws.ec2.LaunchTemplate(
            name,
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name="/dev/xvda",
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        encrypted="true", volume_type="gp3", volume_size=NODE_DISK_GIB
                    ),
                )
            ],
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=2
            ),
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=self._own)
                for kind in ("instance", "volume")
            ],
            update_default_version=True,
            tags=self._own,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()
