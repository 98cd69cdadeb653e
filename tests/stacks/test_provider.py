"""The clouds of the tests refuse what the SDK's types do not allow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.provider import immutables
from tests.stacks.provider.cloud import Cloud, UnknownType

AWS, AZURE, GCP = Cloud("aws"), Cloud("azure-native"), Cloud("gcp")

SUBNET = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}
POLICY: dict[str, Any] = {"assumeRolePolicy": "{}"}
LOCK = {"scope": "/subscriptions/x", "level": "CanNotDelete"}
BUCKET = {"location": "europe-west3", "versioning": {"enabled": True}}

ACCEPTED = [
    (AWS, "aws:ec2/subnet:Subnet", SUBNET),
    (AWS, "aws:iam/role:Role", POLICY),  # a text, or a typed document
    (AWS, "aws:iam/role:Role", {"assumeRolePolicy": {"Version": "2012-10-17", "Statement": []}}),
    (AZURE, "azure-native:authorization:ManagementLockByScope", LOCK),
    (
        AZURE,
        "azure-native:compute:VirtualMachine",  # Azure itself calls this enumeration outdated
        {"resourceGroupName": "g", "hardwareProfile": {"vmSize": "Standard_D2s_v5"}},
    ),
    (GCP, "gcp:storage/bucket:Bucket", BUCKET),
]

REFUSED = [
    (AWS, "aws:ec2/subnet:Subnet", SUBNET | {"cidr": "10.0.0.0/24"}, "cidr", "unknown"),
    (AWS, "aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/24"}, "vpcId", "missing"),
    (AWS, "aws:ec2/subnet:Subnet", SUBNET | {"enableDns64": "yes"}, "enableDns64", "boolean expected"),
    (AWS, "aws:ec2/subnet:Subnet", SUBNET | {"tags": ["a"]}, "tags", "a map expected"),
    (AWS, "aws:ec2/subnet:Subnet", SUBNET | {"tags": {"a": 1}}, "tags.a", "string expected"),
    (AWS, "aws:ec2/subnet:Subnet", SUBNET | {"ipv4NetmaskLength": 24.5}, "ipv4NetmaskLength", "integer"),
    (AWS, "aws:rds/instance:Instance", {"instanceClass": "db.enormous"}, "instanceClass", "none of"),
    (AWS, "aws:ec2/instance:Instance", {"instanceType": "t3.mega"}, "instanceType", "none of"),
    (
        AWS,
        "aws:ec2/instance:Instance",
        {"metadataOptions": {"httpToken": "required"}},
        "metadataOptions.httpToken",
        "unknown",
    ),
    (
        AWS,
        "aws:s3/bucketVersioning:BucketVersioning",
        {"bucket": "b", "versioningConfiguration": {}},
        "versioningConfiguration.status",
        "missing",
    ),
    (
        AZURE,
        "azure-native:authorization:ManagementLockByScope",
        LOCK | {"level": "Forever"},
        "level",
        "none of",
    ),
    (
        AZURE,
        "azure-native:network:NetworkSecurityGroup",
        {"resourceGroupName": "g", "securityRules": [{"access": "Allow", "direction": "Inbound"}]},
        "securityRules[0].protocol",
        "missing",
    ),
    (GCP, "gcp:storage/bucket:Bucket", BUCKET | {"versioning": True}, "versioning", "an object expected"),
    (GCP, "gcp:storage/bucket:Bucket", {"forceDestroy": True}, "location", "missing"),
]


@pytest.mark.parametrize(("cloud", "token", "inputs"), ACCEPTED)
def test_what_fits_is_accepted(cloud: Cloud, token: str, inputs: dict[str, Any]) -> None:
    assert cloud.wrong(token, inputs) == []


@pytest.mark.parametrize(("cloud", "token", "inputs", "path", "reason"), REFUSED)
def test_what_does_not_fit_is_refused(
    cloud: Cloud, token: str, inputs: dict[str, Any], path: str, reason: str
) -> None:
    [failure] = cloud.wrong(token, inputs)
    assert failure.path == path
    assert reason in failure.reason


@pytest.mark.parametrize("token", ["aws:ec2/vpc:Vpcs", "aws:ec3/vpc:Vpc", "azure-native:network:Nothing"])
def test_a_type_that_the_sdk_does_not_have_is_refused(token: str) -> None:
    with pytest.raises(UnknownType):
        Cloud(token.split(":")[0]).wrong(token, {})


def test_functions_are_held_to_their_arguments() -> None:
    [failure] = AWS.refused("aws:ec2/getAmi:getAmi", {"owner": ["self"]})
    assert (failure.path, failure.reason) == ("owner", "unknown property")


def test_immutables_are_found_at_any_depth() -> None:
    token = "gcp:compute/instance:Instance"
    before = {"zone": "a", "bootDisk": {"initializeParams": {"image": "debian-12", "size": 10}}}
    after = {"zone": "b", "bootDisk": {"initializeParams": {"image": "debian-13", "size": 20}}}
    assert immutables.changed(token, before, after) == ["bootDisk.initializeParams.image", "zone"]


@pytest.mark.parametrize("cloud", [AWS, AZURE, GCP], ids=lambda cloud: cloud.name)
def test_the_table_of_immutables_names_properties_that_there_are(cloud: Cloud) -> None:
    for token, paths in immutables.table().items():
        if token.startswith(f"{cloud.name}:"):
            inputs = cloud.resource(token)["inputs"]
            assert [path for path in paths if path.split(".")[0] not in inputs] == [], token


def test_names_are_given_where_none_is_told() -> None:
    assert AWS.named("aws:s3/bucket:Bucket", {}, "lake", "1")["bucket"].startswith("lake-")
    assert AZURE.named("azure-native:storage:StorageAccount", {}, "lake", "1")["accountName"].startswith(
        "lake"
    )
    assert AWS.named("aws:s3/bucket:Bucket", {"bucket": "mine"}, "lake", "1") == {"bucket": "mine"}
