"""What the engine makes of clouds that fail: nothing is lost, nothing is made twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi import automation as auto

from tests.stacks.rig import Rig, changes

BUCKET = "aws:s3/bucket:Bucket"
NETWORK = "aws:ec2/vpc:Vpc"

Program = Callable[[], None]


def program(*, cidr: str = "10.0.0.0/16", protect: bool = False, **more: Any) -> Program:
    """A network, a subnet in it, and a bucket."""

    def run() -> None:
        import pulumi_aws as aws

        network = aws.ec2.Vpc("network", cidr_block=cidr, tags={"a": "b"}, **more)
        aws.ec2.Subnet("subnet", vpc_id=network.id, cidr_block="10.0.1.0/24")
        bucket = aws.s3.Bucket("lake", opts=pulumi.ResourceOptions(protect=protect))
        pulumi.export("bucket", bucket.bucket)

    return run


def _stack(clouds: Rig, inline: Program | None = None) -> auto.Stack:
    return clouds.stack("faults", inline or program(), {})


def _made(clouds: Rig) -> list[str]:
    return sorted(held.token for held in clouds.held("aws"))


@pytest.mark.parametrize(
    ("kind", "words"), [("quota", "VcpuLimitExceeded"), ("timeout", "timeout while waiting")]
)
def test_what_failed_is_made_by_the_next_apply(kind: str, words: str, clouds: Rig) -> None:
    stack = _stack(clouds)
    clouds.orders.give({"type": BUCKET, "fail": kind, "times": 1})
    with pytest.raises(auto.CommandError, match=words):
        stack.up()
    assert BUCKET not in _made(clouds)
    stack.up()
    assert len(_made(clouds)) == 3
    assert sorted(name for _, name in clouds.orders.calls("create")) == ["lake", "lake", "network", "subnet"]


def test_what_was_half_made_is_kept_and_mended(clouds: Rig) -> None:
    stack = _stack(clouds)
    clouds.orders.give({"type": BUCKET, "fail": "partial", "times": 1})
    with pytest.raises(auto.CommandError, match="unexpected state 'failed'"):
        stack.up()
    assert _made(clouds).count(BUCKET) == 1
    made = stack.up()
    assert _made(clouds).count(BUCKET) == 1
    [bucket] = [held for held in clouds.held("aws") if held.token == BUCKET]
    assert made.outputs["bucket"].value == bucket.id


def test_what_somebody_removed_is_made_again(clouds: Rig) -> None:
    stack = _stack(clouds)
    stack.up()
    [bucket] = [held for held in clouds.held("aws") if held.token == BUCKET]
    clouds.holdings("aws").forget(BUCKET, bucket.id)
    assert changes(stack.refresh()) == {"delete": 1}
    assert changes(stack.up()) == {"create": 1}
    assert _made(clouds).count(BUCKET) == 1


def test_a_changed_immutable_replaces_and_a_changed_tag_does_not(clouds: Rig) -> None:
    _stack(clouds).up()
    tagged = _stack(clouds, program(enable_dns_support=True))
    assert changes(tagged.up()) == {"update": 1}
    moved = _stack(clouds, program(enable_dns_support=True, cidr="10.1.0.0/16"))
    assert changes(moved.preview()) == {"replace": 2}  # the subnet goes with its network


def test_what_is_wrong_is_refused_before_anything_is_made(clouds: Rig) -> None:
    stack = _stack(clouds, program(enable_dns_hostnames="certainly"))
    with pytest.raises(auto.CommandError, match="boolean expected, not a string"):
        stack.up()
    assert NETWORK not in _made(clouds)


def test_protected_resources_stay(clouds: Rig) -> None:
    stack = _stack(clouds, program(protect=True))
    stack.up()
    with pytest.raises(auto.CommandError, match="protected"):
        stack.destroy()
    assert BUCKET in _made(clouds)


def test_a_deletion_that_fails_is_gone_on_with(clouds: Rig) -> None:
    stack = _stack(clouds)
    stack.up()
    clouds.orders.give({"type": NETWORK, "on": "delete", "fail": "conflict", "times": 1})
    with pytest.raises(auto.CommandError, match="OperationAborted"):
        stack.destroy()
    assert _made(clouds) == [NETWORK]
    stack.destroy()
    assert _made(clouds) == []
