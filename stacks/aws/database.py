"""The managed PostgreSQL: encrypted, reached inside the network alone, and by TLS alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stacks.aws import tags, truststore
from stacks.aws.network import Network
from stacks.aws.sizes import database_class
from stacks.contract import arguments as contract

PORT = 5432
AUTHORITY = "rds-ca-rsa2048-g1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseArgs:
    """``password``: the administrator's."""

    arguments: contract.Arguments
    database: contract.Database
    network: Network
    password: pulumi.Output[str]


class Database(pulumi.ComponentResource):
    """An RDS instance. ``authority``: PEM of those who sign its certificate."""

    identifier: pulumi.Output[str]
    host: pulumi.Output[str]
    port: pulumi.Output[str]
    authority: pulumi.Output[str]

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:aws:Database", name, None, opts)
        self._own = tags.of(args.arguments, args.database.name)
        self._child = pulumi.ResourceOptions(parent=self)
        instance = self._instance(name, args, self._security(name, args))
        self.identifier = instance.identifier
        self.host = instance.address
        self.port = instance.port.apply(str)
        self.authority = pulumi.Output.from_input(truststore.bundle(args.arguments.region))
        self.register_outputs({"host": self.host, "port": self.port})

    def _security(self, name: str, args: DatabaseArgs) -> pulumi.Output[str]:
        group = args.network.group("database", self)
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-inside",
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            referenced_security_group_id=args.network.inside,
            description="PostgreSQL from the stack's machines",
            tags=self._own,
            opts=self._child,
        )
        return group.id

    def _parameters(self, name: str, version: str) -> pulumi.Output[str]:
        return aws.rds.ParameterGroup(
            name,
            family=f"postgres{version.split('.')[0]}",
            parameters=[aws.rds.ParameterGroupParameterArgs(name="rds.force_ssl", value="1")],
            tags=self._own,
            opts=self._child,
        ).name

    def _subnets(self, name: str, subnets: Sequence[aws.ec2.Subnet]) -> pulumi.Output[str]:
        return aws.rds.SubnetGroup(
            name, subnet_ids=[subnet.id for subnet in subnets], tags=self._own, opts=self._child
        ).name

    def _instance(self, name: str, args: DatabaseArgs, group: pulumi.Output[str]) -> aws.rds.Instance:
        wanted, production = args.database, args.arguments.production
        return aws.rds.Instance(
            name,
            identifier=name,
            engine="postgres",
            engine_version=wanted.version,
            instance_class=database_class(wanted.vcpus, wanted.memory_gib),
            db_name=wanted.database,
            username=wanted.admin,
            password=args.password,
            port=PORT,
            allocated_storage=wanted.disk_gib,
            storage_type="gp3",
            storage_encrypted=True,
            db_subnet_group_name=self._subnets(name, args.network.inner),
            vpc_security_group_ids=[group],
            publicly_accessible=False,
            parameter_group_name=self._parameters(name, wanted.version),
            ca_cert_identifier=AUTHORITY,
            multi_az=production,
            backup_retention_period=wanted.backup_days,
            copy_tags_to_snapshot=True,
            deletion_protection=production,
            skip_final_snapshot=not production,
            final_snapshot_identifier=f"{name}-final" if production else None,
            auto_minor_version_upgrade=True,  # of the pinned major version
            enabled_cloudwatch_logs_exports=["postgresql"],
            tags=self._own,
            opts=pulumi.ResourceOptions(parent=self, protect=production),
        )
