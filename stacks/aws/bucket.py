"""The lake's bucket: encrypted, never public, reached by TLS alone; objects end with their retention."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stacks.aws import policy, tags
from stacks.contract import arguments as contract

UNFINISHED = aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
    days_after_initiation=7
)
"""An upload that did not end is thrown away after so long."""

SUPERSEDED = aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(noncurrent_days=30)
"""A version that was overwritten or deleted stays so long, where versions are kept."""

ENCRYPTION = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
    sse_algorithm="aws:kms"
)
"""By the account's own key for S3."""

EVERYTHING = aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")

CLEANING = aws.s3.BucketLifecycleConfigurationRuleArgs(
    id="unfinished-and-superseded",
    status="Enabled",
    filter=EVERYTHING,
    abort_incomplete_multipart_upload=UNFINISHED,
    noncurrent_version_expiration=SUPERSEDED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketArgs:
    """The bucket that is asked for."""

    arguments: contract.Arguments
    bucket: contract.Bucket


class Bucket(pulumi.ComponentResource):
    """An S3 bucket with all that makes it safe."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aiotctl:aws:Bucket", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        production = args.arguments.production
        bucket = aws.s3.Bucket(
            name,
            bucket=self._physical(name),
            force_destroy=not production,
            tags=tags.of(args.arguments, args.bucket.name),
            opts=pulumi.ResourceOptions(parent=self, protect=production),
        )
        self._close(name, bucket)
        self._keep(name, bucket, args.bucket.expire_days, versions=production)
        self.name = bucket.bucket
        self.arn = bucket.arn
        self.endpoint = pulumi.Output.from_input(f"https://s3.{args.arguments.region}.amazonaws.com")
        self.register_outputs({"name": self.name, "arn": self.arn})

    def _physical(self, name: str) -> pulumi.Output[str]:
        """A name that is the same whenever it is asked for, and no other account's."""
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        return account.apply(lambda number: f"{name}-{zlib.crc32(number.encode()):08x}")

    def _close(self, name: str, bucket: aws.s3.Bucket) -> None:
        block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )
        aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self._child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=ENCRYPTION, bucket_key_enabled=True
                )
            ],
            opts=self._child,
        )
        aws.s3.BucketPolicy(
            name,
            bucket=bucket.bucket,
            policy=bucket.arn.apply(policy.encrypted_only),
            # The two change one thing in S3, which refuses them at the same moment.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )

    def _keep(self, name: str, bucket: aws.s3.Bucket, expire_days: int, *, versions: bool) -> None:
        aws.s3.BucketVersioning(
            name,
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(
                status="Enabled" if versions else "Suspended"
            ),
            opts=self._child,
        )
        aws.s3.BucketLifecycleConfiguration(
            name, bucket=bucket.bucket, rules=_rules(expire_days), opts=self._child
        )


def _rules(expire_days: int) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
    retention = aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="retention",
        status="Enabled",
        filter=EVERYTHING,
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=expire_days),
    )
    return [CLEANING, retention] if expire_days else [CLEANING]
