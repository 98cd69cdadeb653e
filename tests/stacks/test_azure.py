"""What is peculiar to Azure."""

from __future__ import annotations

import json
import ssl
from dataclasses import replace

import pytest

from stacks.azure import authorities, sizes
from tests.stacks import samples
from tests.stacks.mocked import declare

SERVER = "azure-native:dbforpostgresql:Server"
ACCOUNT = "azure-native:storage:StorageAccount"
GROUP = "azure-native:network:NetworkSecurityGroup"


def test_authorities_are_public_ones_that_this_machine_trusts() -> None:
    context = ssl.create_default_context(cadata=authorities.bundle())
    assert context.cert_store_stats()["x509_ca"] >= 1


@pytest.mark.parametrize(("wanted", "made"), [(1, 32), (32, 32), (200, 256), (4000, 4096)])
def test_a_database_gets_the_next_larger_disk(wanted: int, made: int) -> None:
    assert sizes.database_disk(wanted) == made


@pytest.mark.parametrize(
    ("vcpus", "memory", "wanted"),
    [
        (1, 2, ("Standard_B2s", "Burstable")),
        (2, 8, ("Standard_D2ds_v5", "GeneralPurpose")),
        (2, 16, ("Standard_E2ds_v5", "MemoryOptimized")),
    ],
)
def test_a_database_size_has_its_tier(vcpus: int, memory: int, wanted: tuple[str, str]) -> None:
    assert sizes.database_size(vcpus, memory) == wanted


def test_backups_are_kept_no_shorter_than_azure_does() -> None:
    arguments = samples.whole("azure")
    assert arguments.database is not None
    made = declare(replace(arguments, database=replace(arguments.database, backup_days=1)))
    [server] = made.of(SERVER)
    assert server.inputs["backup"]["backupRetentionDays"] == 7


def test_a_zone_without_its_group_is_refused() -> None:
    with pytest.raises(Exception, match="RESOURCE_GROUP/ZONE"):
        declare(replace(samples.whole("azure"), zone="plant.example"))


def test_the_smallest_network_is_divided() -> None:
    arguments = samples.smallest("azure")
    made = declare(replace(arguments, network=replace(arguments.network, cidr="10.60.0.0/26")))
    subnets = [one.inputs["addressPrefix"] for one in made.of("azure-native:network:Subnet")]
    assert sorted(subnets) == ["10.60.0.0/28", "10.60.0.16/28", "10.60.0.32/28"]


def test_neighbours_come_before_the_last_refusal() -> None:
    made = declare(samples.smallest("azure"))
    [group] = made.of(GROUP)
    rules = sorted(group.inputs["securityRules"], key=lambda rule: rule["priority"])
    assert [rule["name"] for rule in rules] == ["port-8883", "port-22", "inside", "everything-else"]
    assert rules[2]["sourceAddressPrefix"] == "10.60.0.0/18"


def test_two_environments_share_no_name() -> None:
    made = [declare(samples.whole("azure", production=production)) for production in (False, True)]
    assert "press-shop-production" not in json.dumps([one.inputs for one in made[0].declared])
    accounts = {next(one.of(ACCOUNT)).inputs["accountName"] for one in made}
    assert len(accounts) == 2  # although both begin with as much of the name as there is room for
    assert all(len(name) <= 24 for name in accounts)
