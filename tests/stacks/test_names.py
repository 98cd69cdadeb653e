"""Machines whose names a cloud would not allow."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from stacks.contract import outputs
from stacks.contract.arguments import Ingress
from stacks.contract.naming import LONGEST, label
from tests.stacks import samples
from tests.stacks.mocked import declare

ALLOWED = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
TOKENS = {
    "aws": ("aws:ec2/instance:Instance", ""),
    "azure": ("azure-native:compute:VirtualMachine", "vmName"),
    "gcp": ("gcp:compute/instance:Instance", "name"),
}
NAMES = ("Hub_1", "hub_1", "HUB-1", "hub-1")


def test_a_plain_name_is_kept_and_no_two_become_the_same() -> None:
    assert label("hub-1") == "hub-1"
    names = (*NAMES, "h_", "H" * 60, "h" * 60, "h" * LONGEST)
    made = [label(name) for name in names]
    assert len(set(made)) == len(made)
    assert all(ALLOWED.fullmatch(one) and len(one) <= LONGEST for one in made)


@pytest.mark.parametrize("cloud", samples.CLOUDS)
def test_a_cloud_is_given_names_that_it_allows_and_outputs_have_the_blueprints(cloud: str) -> None:
    whole = samples.whole(cloud)
    door = Ingress("Hub_1", 8883, samples.SITES, "MQTT over TLS")
    asked = replace(
        whole,
        database=None,
        machines=tuple(samples.machine(name, "broker") for name in NAMES),
        network=replace(whole.network, ingress=(door,)),
    )
    made = declare(asked)
    assert set(outputs.names(asked)) == made.outputs.keys()
    token, key = TOKENS[cloud]
    machines = list(made.of(token))
    told = {str(one.inputs[key]) if key else one.name for one in machines}
    assert len(told) == len(NAMES)
    assert all(ALLOWED.fullmatch(one) and len(one) <= 63 for one in told)
    if cloud == "gcp":
        marked = next(one for one in machines if label("Hub_1") in one.name).inputs["tags"]
        doors = [one for one in made.of("gcp:compute/firewall:Firewall") if "8883" in one.name]
        assert [one.inputs["targetTags"] for one in doors] == [marked]
