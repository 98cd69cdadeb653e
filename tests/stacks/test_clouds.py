"""Every cloud's stack under the real engine: made, unchanged, refused to go, let go and taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pulumi import automation as auto

from stacks.contract import outputs
from tests.stacks import samples
from tests.stacks.rig import Rig, changes


@pytest.mark.parametrize("cloud", samples.CLOUDS)
def test_a_whole_stack_is_made_once_kept_and_destroyed(cloud: str, clouds: Rig) -> None:
    arguments = samples.whole(cloud)
    stack = clouds.of(arguments)
    planned = changes(stack.preview())
    assert planned.keys() == {"create"}
    assert list(clouds.held(cloud)) == []  # a preview makes nothing

    made = stack.up()
    assert changes(made) == planned
    assert set(made.outputs) == set(outputs.names(arguments))
    assert all(isinstance(one.value, str) and one.value for one in made.outputs.values())
    for name in ("database/admin", "host_key/hub-1"):
        assert samples.secret(name) not in clouds.state_text()
    assert changes(stack.up()) == {}

    with pytest.raises(auto.CommandError, match="protect"):
        stack.destroy()

    ended = clouds.of(replace(arguments, production=False))
    assert "replace" not in changes(ended.up())
    ended.destroy()
    assert list(clouds.held(cloud)) == []
