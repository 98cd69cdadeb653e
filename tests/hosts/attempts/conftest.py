"""The pilot with people who were given roles, and with somebody from whom everything was taken back."""

from __future__ import annotations

import subprocess

import pytest

from tests.e2e.laptop import Laptop
from tests.hosts.attempts.stage import Stage
from tests.hosts.attempts.statements import IN, does, person
from tests.hosts.attempts.tampering import saved_plan
from tests.hosts.fleet import Fleet

ROLES = {"eve": "data-scientist", "mallory": "data-scientist", "sam": "site-engineer", "bob": "operator"}
TAKEN_BACK = ("gateway.plant-a.gw-1", "hub-writer")


@pytest.fixture(scope="package")
def stage(works: Laptop, fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """What everybody is, was and has."""
    made = Stage(works, fleet, tmp_path_factory.mktemp("attempts"))
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(made.folder / "other")], check=True
    )
    for name, role in ROLES.items():
        made.works.run("access", "issue", name, "--role", role, "--env", works.name).ok()
    made.run("access", "issue", "--device", "plant-a/vib-1").ok()
    made.run("apply", "--yes").ok()
    take_back(made)
    return made


def take_back(stage: Stage) -> None:
    """Revokes what mallory has, and the certificates of a gateway and of the hub's collector."""
    stage.kept = {name: stage.pair(name) for name in TAKEN_BACK}
    stage.kept["person.mallory"] = stage.persons("mallory")
    stage.logins["mallory"] = stage.url("mallory")
    assert IN in does(person("mallory"))(stage)
    stage.old_plan = saved_plan(stage)
    for name in ("mallory", *TAKEN_BACK):
        stage.run("access", "revoke", name).ok()
    stage.run("apply", "--yes").ok()
