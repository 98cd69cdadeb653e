"""The lake's container: encrypted, never public, reached by TLS and identity alone; objects end with their
retention.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import storage

from stacks.azure.group import Scope
from stacks.azure.lock import keep
from stacks.contract import arguments as contract

LONGEST = 24
"""Letters of an account's name."""

RECOVERABLE_DAYS = 30
"""What was overwritten or deleted stays so long, in production."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketArgs:
    """The bucket that is asked for."""

    scope: Scope
    bucket: contract.Bucket


class Bucket(pulumi.ComponentResource):
    """A storage account with one container."""

    container_id: pulumi.Output[str]
    name: pulumi.Output[str]
    endpoint: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:azure:Bucket", name, None, opts)
        self._scope = args.scope
        self._child = pulumi.ResourceOptions(parent=self)
        account = self._account(name)
        keep(name, args.scope, account.id, self)
        container = storage.BlobContainer(
            name,
            resource_group_name=args.scope.group,
            account_name=account.name,
            container_name=args.bucket.name,
            public_access=storage.PublicAccess.NONE,
            opts=pulumi.ResourceOptions(parent=self, protect=args.scope.arguments.production),
        )
        self._keep_and_expire(name, account, args.bucket.expire_days)
        self.container_id = container.id
        self.name = container.name
        self.endpoint = account.primary_endpoints.apply(lambda found: found.blob.rstrip("/"))
        self.register_outputs({"name": self.name, "endpoint": self.endpoint})

    def _account(self, name: str) -> storage.StorageAccount:
        production = self._scope.arguments.production
        return storage.StorageAccount(
            name,
            account_name=self._scope.unique(name, LONGEST),
            resource_group_name=self._scope.group,
            location=self._scope.arguments.region,
            kind=storage.Kind.STORAGE_V2,
            sku=storage.SkuArgs(
                name=storage.SkuName.STANDARD_ZRS if production else storage.SkuName.STANDARD_LRS
            ),
            allow_blob_public_access=False,
            allow_shared_key_access=False,
            allow_cross_tenant_replication=False,
            default_to_o_auth_authentication=True,
            enable_https_traffic_only=True,
            minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
            encryption=storage.EncryptionArgs(
                key_source=storage.KeySource.MICROSOFT_STORAGE, require_infrastructure_encryption=True
            ),
            tags=self._scope.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=production),
        )

    def _keep_and_expire(self, name: str, account: storage.StorageAccount, expire_days: int) -> None:
        production = self._scope.arguments.production
        storage.BlobServiceProperties(
            name,
            resource_group_name=self._scope.group,
            account_name=account.name,
            blob_services_name="default",
            is_versioning_enabled=production,
            delete_retention_policy=_recoverable(production=production),
            container_delete_retention_policy=_recoverable(production=production),
            opts=self._child,
        )
        storage.ManagementPolicy(
            name,
            resource_group_name=self._scope.group,
            account_name=account.name,
            management_policy_name="default",
            policy=storage.ManagementPolicySchemaArgs(rules=_rules(expire_days)),
            opts=self._child,
        )


def _recoverable(*, production: bool) -> storage.DeleteRetentionPolicyArgs:
    return storage.DeleteRetentionPolicyArgs(
        enabled=production, days=RECOVERABLE_DAYS if production else None
    )


def _rules(expire_days: int) -> list[storage.ManagementPolicyRuleArgs]:
    superseded = storage.ManagementPolicyActionArgs(
        version=storage.ManagementPolicyVersionArgs(
            delete=storage.DateAfterCreationArgs(days_after_creation_greater_than=RECOVERABLE_DAYS)
        )
    )
    if not expire_days:
        return [_rule("superseded", superseded)]
    retention = storage.ManagementPolicyActionArgs(
        base_blob=storage.ManagementPolicyBaseBlobArgs(
            delete=storage.DateAfterModificationArgs(days_after_modification_greater_than=expire_days)
        )
    )
    return [_rule("superseded", superseded), _rule("retention", retention)]


def _rule(name: str, actions: storage.ManagementPolicyActionArgs) -> storage.ManagementPolicyRuleArgs:
    return storage.ManagementPolicyRuleArgs(
        name=name,
        type=storage.RuleType.LIFECYCLE,
        enabled=True,
        definition=storage.ManagementPolicyDefinitionArgs(
            actions=actions, filters=storage.ManagementPolicyFilterArgs(blob_types=["blockBlob"])
        ),
    )
