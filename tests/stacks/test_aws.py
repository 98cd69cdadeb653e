"""What is peculiar to AWS."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stacks.aws import sizes, truststore
from stacks.contract.arguments import Ingress
from tests.stacks import samples
from tests.stacks.mocked import Made, declare

INSTANCE = "aws:ec2/instance:Instance"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


@pytest.fixture
def whole(rds: None) -> Made:
    return declare(samples.whole("aws"))


def _policies(made: Made) -> list[dict[str, Any]]:
    documents = [json.loads(one.inputs["policy"]) for one in made.of("aws:iam/rolePolicy:RolePolicy")]
    return [statement for document in documents for statement in document["Statement"]]


def test_a_machine_gets_its_host_key_and_its_one_login(whole: Made) -> None:
    hub = whole.named(INSTANCE, "hub-1")
    assert "userDataBase64" in hub.secrets
    header, text = base64.b64decode(hub.inputs["userDataBase64"]).decode().split("\n", 1)
    assert header == "#cloud-config"
    data = json.loads(text)
    assert data["ssh_keys"]["ed25519_private"] == samples.secret("host_key/hub-1") + "\n"
    assert data["ssh_keys"]["ed25519_public"].endswith(" hub-1\n")
    assert data["ssh_genkeytypes"] == []
    [user] = data["users"]
    assert (user["name"], user["lock_passwd"]) == ("ops", True)


def test_machines_write_to_the_lake_and_pull_images_and_no_more(whole: Made) -> None:
    lake, images = "arn:aws:s3:::press-shop-production-lake", "repository/press-shop-production-images"
    for statement in _policies(whole):
        for resource in statement["Resource"]:
            if resource == "*":
                assert statement["Action"] == ["ecr:GetAuthorizationToken"]
            else:
                assert resource.startswith(lake) or images in resource
        assert not [action for action in statement["Action"] if "*" in action]


def test_without_a_bucket_machines_may_nothing() -> None:
    assert _policies(declare(samples.smallest("aws"))) == []


def test_the_database_is_reached_from_the_machines_alone(whole: Made) -> None:
    [rule] = [one.inputs for one in whole.of(INGRESS) if one.inputs.get("fromPort") == 5432]
    assert rule["referencedSecurityGroupId"] == "press-shop-production-inside-id"
    assert "cidrIpv4" not in rule


def test_another_machine_moves_none(rds: None) -> None:
    arguments = samples.whole("aws")
    more = replace(arguments, machines=(samples.machine("a-first"), *arguments.machines))
    before, after = declare(arguments), declare(more)
    for name in ("hub-1", "hub-2"):
        assert before.named(INSTANCE, name).inputs == after.named(INSTANCE, name).inputs


def test_the_smallest_network_is_divided() -> None:
    arguments = samples.smallest("aws")
    made = declare(replace(arguments, network=replace(arguments.network, cidr="10.60.0.0/25")))
    subnets = [one.inputs["cidrBlock"] for one in made.of("aws:ec2/subnet:Subnet")]
    assert sorted(subnets) == ["10.60.0.0/28", "10.60.0.16/28", "10.60.0.64/28", "10.60.0.80/28"]


def test_the_api_of_a_cluster_is_open_to_whom_it_is_opened(rds: None) -> None:
    arguments = samples.whole("aws")
    door = Ingress("cluster", 443, samples.OFFICE, "Kubernetes")
    network = replace(arguments.network, ingress=(*arguments.network.ingress, door))
    [cluster] = declare(replace(arguments, network=network)).of("aws:eks/cluster:Cluster")
    access = cluster.inputs["vpcConfig"]
    assert (access["endpointPublicAccess"], access["publicAccessCidrs"]) == (True, list(samples.OFFICE))


@pytest.mark.parametrize(
    ("vcpus", "memory", "arch", "wanted"),
    [(1, 1, "amd64", "t3.small"), (2, 8, "amd64", "m7i.large"), (4, 8, "arm64", "c7g.xlarge")],
)
def test_the_smallest_type_that_holds_it(vcpus: int, memory: int, arch: str, wanted: str) -> None:
    assert sizes.instance_type(vcpus, memory, arch) == wanted


def test_a_size_that_nobody_sells_is_refused() -> None:
    with pytest.raises(ValueError, match="no size has 512 vCPU"):
        sizes.instance_type(512, 8)


def test_authorities_that_cannot_be_had_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(truststore.FILE, str(tmp_path / "absent.pem"))
    with pytest.raises(RuntimeError, match=r"eu-central-1-bundle\.pem, download it elsewhere"):
        truststore.bundle("eu-central-1")
