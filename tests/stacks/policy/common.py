"""What is looked at in the same way in every cloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.stacks import samples
from tests.stacks.mocked import Made
from tests.stacks.policy.looking import Check
from tests.stacks.provider.cloud import Cloud

ASKED = {
    (8883, "203.0.113.0/28"),
    (8883, "198.51.100.0/28"),
    (22, "192.0.2.0/24"),
}
"""Ports and networks that the samples ask for."""

TAGGABLE = ("tags", "labels", "userLabels", "resourceLabels")

NOT_TAGS = {
    "aws:eks/nodeGroup:NodeGroup": "labels",
    "gcp:monitoring/notificationChannel:NotificationChannel": "labels",
}
"""Labels that say something else."""


def tagged(provider: str, tags: Mapping[str, str], *but: str) -> Check:
    """Everything whose type has tags has these; ``but``: types where they are something else."""

    def check(made: Made) -> Iterator[str]:
        cloud = Cloud(provider)
        for one in made.declared:
            inputs = cloud.resource(one.token)["inputs"]
            for key in TAGGABLE:
                if key not in inputs or NOT_TAGS.get(one.token) == key or one.token in but:
                    continue
                if key == "tags" and inputs[key]["shape"]["is"] != "map":
                    continue
                carried = one.inputs.get(key) or {}
                if {name: carried.get(name) for name in tags} != tags:
                    yield f"{one.name} ({one.token}): {key} are {carried}"

    return check


def asked(doors: set[tuple[int, str]]) -> Iterator[str]:
    """How what is open differs from what was asked for."""
    if doors != ASKED:
        yield f"open are {sorted(doors)}"


def first_boot(text: str, name: str) -> Iterator[str]:
    """What is missing in what a machine does at its first boot."""
    for wanted in (samples.PUBLIC, samples.machine(name).login_key):
        if wanted not in text:
            yield f"{name}: {wanted} is not told at the first boot"
