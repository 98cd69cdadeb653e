"""What is peculiar to Google Cloud."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import replace

import pytest

from stacks.gcp import first_boot, identity, labels, sizes
from tests.stacks import samples
from tests.stacks.mocked import declare


def test_the_first_boot_is_a_script_that_brings_the_host_key() -> None:
    machine = replace(samples.machine("hub-1"), login_key="ssh-ed25519 AAAA it's mine")
    text = first_boot.script(machine, "a private key")
    subprocess.run(["sh", "-n"], input=text, text=True, check=True)
    assert base64.b64encode(b"a private key\n").decode() in text
    assert "a private key" not in text


@pytest.mark.parametrize(
    ("vcpus", "memory", "wanted"),
    [
        (1, 1, "db-custom-2-3840"),
        (2, 8, "db-custom-2-8192"),
        (3, 8, "db-custom-4-8192"),
        (2, 16, "db-custom-4-16384"),
    ],
)
def test_a_database_has_no_more_memory_than_its_processors_may(vcpus: int, memory: int, wanted: str) -> None:
    assert sizes.database_tier(vcpus, memory) == wanted


def test_labels_hold_what_labels_may() -> None:
    assert labels.of(samples.smallest("gcp"))["owner"] == "reliability_acme_example"


def test_account_ids_are_short_and_differ() -> None:
    long = "a-blueprint-of-a-very-long-name-production"
    ids = {identity.account_id(f"{long}-{one}") for one in ("machines", "nodes")}
    assert len(ids) == 2
    assert all(6 <= len(one) <= 30 for one in ids)


def test_a_zone_that_the_project_does_not_have_is_told() -> None:
    with pytest.raises(Exception, match=r"the project has no public zone other\.example"):
        declare(replace(samples.whole("gcp"), zone="other.example"))


def test_a_database_is_known_by_the_name_in_its_certificate() -> None:
    made = declare(samples.whole("gcp"))
    [zone] = made.of("gcp:dns/managedZone:ManagedZone")
    assert zone.inputs["visibility"] == "private"
    assert made.outputs["database/host"] == zone.inputs["dnsName"].rstrip(".")
