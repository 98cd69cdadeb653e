"""The managed PostgreSQL: encrypted, reached inside the network alone, and by TLS alone."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import dbforpostgresql, privatedns

from stacks.azure import authorities
from stacks.azure.group import Scope
from stacks.azure.lock import keep
from stacks.azure.network import Network
from stacks.azure.sizes import database_disk, database_size
from stacks.contract import arguments as contract

PORT = "5432"
LONGEST = 63
"""Letters of a server's name."""

SHORTEST_BACKUP = 7
"""Days; Azure keeps backups no shorter."""

SETTINGS = {"require_secure_transport": "on", "ssl_min_protocol_version": "TLSv1.2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseArgs:
    """``password``: the administrator's."""

    scope: Scope
    database: contract.Database
    network: Network
    password: pulumi.Output[str]


class Database(pulumi.ComponentResource):
    """A flexible server in a subnet of its own. ``authority``: PEM of those who sign its certificate."""

    server_id: pulumi.Output[str]
    host: pulumi.Output[str]
    port: pulumi.Output[str]
    authority: pulumi.Output[str]

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:azure:Database", name, None, opts)
        self._scope = args.scope
        server = self._server(name, args)
        self._settings(name, args, server)
        keep(name, args.scope, server.id, self)
        self.server_id = server.id
        self.host = server.fully_qualified_domain_name
        self.port = pulumi.Output.from_input(PORT)
        self.authority = pulumi.Output.from_input(authorities.bundle())
        self.register_outputs({"host": self.host, "port": self.port})

    def _zone(self, name: str, network: pulumi.Input[str]) -> privatedns.VirtualNetworkLink:
        zone = privatedns.PrivateZone(
            name,
            resource_group_name=self._scope.group,
            location="global",
            private_zone_name=f"{name}.private.postgres.database.azure.com",
            tags=self._scope.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._zone_id = zone.id
        return privatedns.VirtualNetworkLink(
            name,
            resource_group_name=self._scope.group,
            location="global",
            private_zone_name=zone.name,
            registration_enabled=False,
            virtual_network=privatedns.SubResourceArgs(id=network),
            tags=self._scope.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _server(self, name: str, args: DatabaseArgs) -> dbforpostgresql.Server:
        wanted, production = args.database, self._scope.arguments.production
        size, tier = database_size(wanted.vcpus, wanted.memory_gib)
        link = self._zone(name, args.network.network_id)
        return dbforpostgresql.Server(
            name,
            server_name=self._scope.unique(name, LONGEST),
            resource_group_name=self._scope.group,
            location=self._scope.arguments.region,
            version=wanted.version,
            sku=dbforpostgresql.SkuArgs(name=size, tier=tier),
            administrator_login=wanted.admin,
            administrator_login_password=args.password,
            storage=dbforpostgresql.StorageArgs(storage_size_gb=database_disk(wanted.disk_gib)),
            backup=dbforpostgresql.BackupArgs(
                backup_retention_days=max(SHORTEST_BACKUP, wanted.backup_days),
                geo_redundant_backup="Enabled" if production else "Disabled",
            ),
            high_availability=dbforpostgresql.HighAvailabilityArgs(
                mode="ZoneRedundant" if production else "Disabled"
            ),
            network=dbforpostgresql.NetworkArgs(
                delegated_subnet_resource_id=args.network.database,
                private_dns_zone_arm_resource_id=self._zone_id,
                public_network_access="Disabled",
            ),
            tags=self._scope.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=production, depends_on=[link]),
        )

    def _settings(self, name: str, args: DatabaseArgs, server: dbforpostgresql.Server) -> None:
        """The server changes one thing at a time: each waits for the one before."""
        last: pulumi.Resource = dbforpostgresql.Database(
            name,
            resource_group_name=self._scope.group,
            server_name=server.name,
            database_name=args.database.database,
            charset="UTF8",
            opts=pulumi.ResourceOptions(parent=self, protect=self._scope.arguments.production),
        )
        for setting, value in SETTINGS.items():
            last = dbforpostgresql.Configuration(
                f"{name}-{setting.replace('_', '-')}",
                resource_group_name=self._scope.group,
                server_name=server.name,
                configuration_name=setting,
                source="user-override",
                value=value,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[last]),
            )
