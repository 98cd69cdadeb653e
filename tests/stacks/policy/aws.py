"""How AWS keeps the rules."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping

from tests.stacks import samples
from tests.stacks.mocked import Made
from tests.stacks.policy import common
from tests.stacks.policy.looking import (
    Cell,
    all_are,
    all_protected,
    all_secret,
    kinds,
    none_has,
    there_is,
    together,
)

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
DATABASE = "aws:rds/instance:Instance"
BUCKET = "aws:s3/bucket:Bucket"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
REGISTRY = "aws:ecr/repository:Repository"
CLUSTER = "aws:eks/cluster:Cluster"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

BLOCKED = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ALGORITHM = "rules.applyServerSideEncryptionByDefault.sseAlgorithm"


def _bucket_tls(made: Made) -> Iterator[str]:
    for one in kinds(made, "aws:s3/bucketPolicy:BucketPolicy"):
        [statement] = json.loads(one.inputs.get("policy", '{"Statement": [{}]}'))["Statement"]
        if statement.get("Effect") != "Deny" or "aws:SecureTransport" not in json.dumps(statement):
            yield f"{one.name}: {statement}"


def _doors(made: Made) -> Iterator[str]:
    rules = [one.inputs for one in kinds(made, INGRESS)]
    open_ = {(one["fromPort"], one["cidrIpv4"]) for one in rules if "cidrIpv4" in one}
    yield from common.asked(open_)
    yield from none_has("aws:ec2/securityGroup:SecurityGroup", "ingress")(made)


def _identity(made: Made) -> Iterator[str]:
    known = ("arn:aws:s3:::press-shop-production-lake", ":repository/press-shop-production-images")
    for one in kinds(made, "aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(one.inputs.get("policy", '{"Statement": [{}]}'))["Statement"]:
            resources = statement.get("Resource", [""])
            narrow = all(any(name in resource for name in known) for resource in resources)
            if not narrow and statement.get("Action") != ["ecr:GetAuthorizationToken"]:
                yield f"{one.name}: {statement}"


def _login(made: Made) -> Iterator[str]:
    for one in kinds(made, INSTANCE):
        text = base64.b64decode(one.inputs.get("userDataBase64", "")).decode()
        yield from common.first_boot(text, one.name)
        if '"ssh_pwauth": false' not in text:
            yield f"{one.name}: passwords are taken"


CELLS: Mapping[str, Cell] = {
    "disks": Cell(
        "EBS, encrypted by the account's key",
        together(
            all_are(INSTANCE, "rootBlockDevice.encrypted", True),
            all_are(TEMPLATE, "blockDeviceMappings.ebs.encrypted", "true"),
        ),
    ),
    "database-private": Cell(
        "RDS, `storage_encrypted`, in inner subnets, not publicly accessible",
        together(all_are(DATABASE, "storageEncrypted", True), all_are(DATABASE, "publiclyAccessible", False)),
    ),
    "database-tls": Cell(
        "`rds.force_ssl = 1`",
        together(
            all_are("aws:rds/parameterGroup:ParameterGroup", "parameters.name", "rds.force_ssl"),
            all_are("aws:rds/parameterGroup:ParameterGroup", "parameters.value", "1"),
        ),
    ),
    "bucket-private": Cell(
        "SSE-KMS, all four blocks of public access, no ACLs",
        together(
            all_are(ENCRYPTION, ALGORITHM, "aws:kms"),
            *(all_are(BLOCK, name, True) for name in BLOCKED),
        ),
    ),
    "bucket-tls": Cell("a bucket policy that denies all else", _bucket_tls),
    "doors": Cell("a security group each machine", _doors),
    "identity": Cell("an instance profile; two policies that name bucket and repository", _identity),
    "metadata": Cell(
        "IMDSv2 alone, one hop (two for pods)",
        together(
            all_are(INSTANCE, "metadataOptions.httpTokens", "required"),
            all_are(INSTANCE, "metadataOptions.httpPutResponseHopLimit", 1),
            all_are(TEMPLATE, "metadataOptions.httpTokens", "required"),
        ),
    ),
    "login": Cell("cloud-init", _login),
    "secrets": Cell(
        "user data and the master password",
        together(all_secret(INSTANCE, "userDataBase64"), all_secret(DATABASE, "password")),
    ),
    "kept": Cell(
        "termination and deletion protection, and Pulumi's `protect`",
        together(
            all_protected(INSTANCE, DATABASE, BUCKET, REGISTRY, CLUSTER),
            all_are(INSTANCE, "disableApiTermination", True),
            all_are(INSTANCE, "rootBlockDevice.deleteOnTermination", False),
            all_are(DATABASE, "deletionProtection", True),
            all_are(DATABASE, "skipFinalSnapshot", False),
            all_are(BUCKET, "forceDestroy", False),
            all_are(CLUSTER, "deletionProtection", True),
        ),
    ),
    "backups": Cell(
        "RDS in two zones with backups, daily snapshots by DLM, versions of objects",
        together(
            all_are(DATABASE, "backupRetentionPeriod", 14),
            all_are(DATABASE, "multiAz", True),
            all_are("aws:dlm/lifecyclePolicy:LifecyclePolicy", "state", "ENABLED"),
            all_are("aws:s3/bucketVersioning:BucketVersioning", "versioningConfiguration.status", "Enabled"),
        ),
    ),
    "registry": Cell(
        "ECR, encrypted, scanned, tags immutable; a lifecycle policy",
        together(
            all_are(REGISTRY, "imageTagMutability", "IMMUTABLE"),
            all_are(REGISTRY, "imageScanningConfiguration.scanOnPush", True),
            all_are(REGISTRY, "encryptionConfigurations.encryptionType", "KMS"),
            there_is("aws:ecr/lifecyclePolicy:LifecyclePolicy"),
        ),
    ),
    "cluster": Cell(
        "EKS in inner subnets, private endpoint",
        together(
            all_are(CLUSTER, "vpcConfig.endpointPublicAccess", False),
            all_are(CLUSTER, "vpcConfig.endpointPrivateAccess", True),
        ),
    ),
    "tags": Cell("tags", common.tagged("aws", samples.whole("aws").tags)),
    "pinned": Cell(
        "an AMI by owner and exact name; engine and cluster versions",
        together(all_are(DATABASE, "engineVersion", "16"), all_are(CLUSTER, "version", "1.33")),
    ),
}
