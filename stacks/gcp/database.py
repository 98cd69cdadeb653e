"""The managed PostgreSQL: encrypted, reached inside the network alone, and by TLS alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from stacks.contract import arguments as contract
from stacks.gcp import labels
from stacks.gcp.network import Network
from stacks.gcp.sizes import database_tier

PORT = "5432"
SECONDS = 60
"""How long the database's address may be remembered."""

LOG_DAYS = 7
"""How far back a moment can be restored, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseArgs:
    """``password``: the administrator's."""

    arguments: contract.Arguments
    database: contract.Database
    network: Network
    password: pulumi.Output[str]


class Database(pulumi.ComponentResource):
    """A Cloud SQL instance, by a name that its certificate carries. ``authority``: PEM of who signed that."""

    name: pulumi.Output[str]
    host: pulumi.Output[str]
    port: pulumi.Output[str]
    authority: pulumi.Output[str]

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:gcp:Database", name, None, opts)
        production = args.arguments.production
        instance = self._instance(name, args)
        held = pulumi.ResourceOptions(parent=self, protect=production)
        gcp.sql.Database(name, instance=instance.name, name=args.database.database, opts=held)
        gcp.sql.User(
            name, instance=instance.name, name=args.database.admin, password=args.password, opts=held
        )
        self.name = instance.name
        self.host = self._spoken(name, args, instance).apply(lambda spoken: spoken.rstrip("."))
        self.port = pulumi.Output.from_input(PORT)
        self.authority = gcp.sql.get_ca_certs_output(
            instance=instance.name, opts=pulumi.InvokeOutputOptions(parent=self)
        ).apply(lambda found: _joined(found.certs))
        self.register_outputs({"host": self.host, "port": self.port})

    def _instance(self, name: str, args: DatabaseArgs) -> gcp.sql.DatabaseInstance:
        # Google keeps the name of a deleted instance from being used again for a week: Pulumi makes one up.
        return gcp.sql.DatabaseInstance(
            name,
            region=args.arguments.region,
            database_version=f"POSTGRES_{args.database.version.split('.')[0]}",
            deletion_protection=args.arguments.production,
            settings=_settings(args),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.arguments.production,
                depends_on=[args.network.services] if args.network.services else None,
            ),
        )

    def _spoken(
        self, name: str, args: DatabaseArgs, instance: gcp.sql.DatabaseInstance
    ) -> pulumi.Output[str]:
        """The instance's name in DNS. Google puts it into its certificate and into no zone: here is one."""
        child = pulumi.ResourceOptions(parent=self)
        visible = gcp.dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=args.network.network_id)
        zone = gcp.dns.ManagedZone(
            name,
            dns_name=instance.dns_name,
            visibility="private",
            private_visibility_config=gcp.dns.ManagedZonePrivateVisibilityConfigArgs(networks=[visible]),
            labels=labels.of(args.arguments),
            opts=child,
        )
        return gcp.dns.RecordSet(
            name,
            managed_zone=zone.name,
            name=instance.dns_name,
            type="A",
            ttl=SECONDS,
            rrdatas=[instance.private_ip_address],
            opts=child,
        ).name


def _settings(args: DatabaseArgs) -> gcp.sql.DatabaseInstanceSettingsArgs:
    wanted, production = args.database, args.arguments.production
    return gcp.sql.DatabaseInstanceSettingsArgs(
        edition="ENTERPRISE",
        tier=database_tier(wanted.vcpus, wanted.memory_gib),
        availability_type="REGIONAL" if production else "ZONAL",
        disk_size=wanted.disk_gib,
        disk_type="PD_SSD",
        disk_autoresize=True,
        deletion_protection_enabled=production,
        ip_configuration=gcp.sql.DatabaseInstanceSettingsIpConfigurationArgs(
            ipv4_enabled=False,
            private_network=args.network.network_id,
            ssl_mode="ENCRYPTED_ONLY",
            server_ca_mode="GOOGLE_MANAGED_CAS_CA",  # its certificates name the host,
        ),
        backup_configuration=_backup(wanted.backup_days),
        user_labels=labels.of(args.arguments),
    )


def _backup(days: int) -> gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgs:
    if not days:
        return gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgs(enabled=False)
    return gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgs(
        enabled=True,
        start_time="02:30",
        point_in_time_recovery_enabled=True,
        transaction_log_retention_days=min(days, LOG_DAYS),
        backup_retention_settings=gcp.sql.DatabaseInstanceSettingsBackupConfigurationBackupRetentionSettingsArgs(
            retained_backups=days, retention_unit="COUNT"
        ),
    )


def _joined(certificates: Sequence[gcp.sql.outputs.GetCaCertsCertResult]) -> str:
    return "\n".join(one.cert.strip() for one in certificates) + "\n"
