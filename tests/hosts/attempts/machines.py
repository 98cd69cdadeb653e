"""On the way to the machines: changed keys, others' accounts, machines that are another's or nobody's."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.e2e.laptop import Laptop
from tests.hosts.attempts.attempt import Attempt, Trial, Work
from tests.hosts.attempts.stage import Stage
from tests.hosts.attempts.statements import EVE, IN, does
from tests.hosts.works import ENVIRONMENT, make_project

AT_GW_2 = ("--target", "host/plant-b/gw-2")


def told(project: Laptop, *words: str) -> str:
    """The exit code of a command and all that it says, on one line."""
    ran = project.run(*words, "--env", ENVIRONMENT)
    return f"{ran.code} {' '.join((ran.err + ran.out).split())}"


def repairs(stage: Stage) -> str:
    """Looks at a machine and repairs what is not as it was applied."""
    return told(stage.works, "apply", "--refresh", "--yes", *AT_GW_2)


def changed_key(stage: Stage) -> str:
    """The same while the machine shows another host key."""
    stage.fleet.change_host_key("gw-2")
    try:
        return repairs(stage)
    finally:
        stage.fleet.restore_host_key("gw-2")


def configured(given: str, instead: str) -> Work:
    """The same with another line in the ssh_config."""

    def work(stage: Stage) -> str:
        text = stage.fleet.ssh_config.read_text()
        known = given.format(known=stage.fleet.known_hosts, key=stage.fleet.key)
        assert known in text
        config = stage.file(text.replace(known, instead.format(folder=stage.folder)))
        settings = {**stage.works.settings, "AIOTCTL_SSH_CONFIG": config}
        return repairs(replace(stage, works=replace(stage.works, settings=settings)))

    return work


@contextmanager
def edited(stage: Stage, before: str, after: str) -> Generator[None]:
    """The blueprint with another text in it."""
    stage.works.edit(before, after)
    try:
        yield
    finally:
        stage.works.edit(after, before)


def place(stage: Stage, name: str, machine: str, more: str = "") -> str:
    """The line of a host in the blueprint."""
    return f"{name}: {{address: {stage.machine(machine).address}{more}}}"


def guest(stage: Stage) -> str:
    """The same as a user of the machine who is no sudoer."""
    line, other = place(stage, "plant-b/gw-2", "gw-2"), place(stage, "plant-b/gw-2", "gw-2", ", user: guest")
    with edited(stage, line, other):
        return repairs(stage)


def swapped(stage: Stage) -> str:
    """Applies a blueprint that takes the machine of one gateway for that of the other."""
    both = [place(stage, "plant-a/gw-1", "gw-1"), place(stage, "plant-b/gw-2", "gw-2")]
    other = [place(stage, "plant-a/gw-1", "gw-2"), place(stage, "plant-b/gw-2", "gw-1")]
    with edited(stage, "\n      ".join(both), "\n      ".join(other)):
        return told(stage.works, "apply", "--yes")


def second_owner(stage: Stage) -> str:
    """Applies another project, with a record of its own, to the same machines."""
    with tempfile.TemporaryDirectory(dir=stage.folder) as folder:
        return told(make_project(stage.fleet, Path(folder)), "apply", "--yes")


def unknown_target(stage: Stage) -> str:
    """Applies to a gateway that the blueprint does not have."""
    return told(stage.works, "apply", "--yes", "--target", "host/plant-b/gw-9")


def unknown_device(stage: Stage) -> str:
    """Asks for the credentials of a device that the blueprint does not have."""
    return told(stage.works, "access", "issue", "--device", "plant-a/vib-9")


def known_device(stage: Stage) -> str:
    return told(stage.works, "access", "issue", "--device", "plant-a/vib-1")


def unknown_role(stage: Stage) -> str:
    """Gives somebody a role that the blueprint does not have."""
    return told(stage.works, "access", "issue", "eve", "--role", "admin")


REPAIRED = Trial("looks at it with the key that is known", repairs, "^0 .*Nothing to do")
SSH, PREFLIGHT, BLUEPRINT = "OpenSSH with strict host keys", "preflight of an apply", "the blueprint"

ATTEMPTS = (
    Attempt(
        name="changed-host-key",
        who="a machine in between",
        wrong=Trial("shows another host key than gw-2 had", changed_key, "^1 .*key"),
        guard=SSH,
        right=REPAIRED,
    ),
    Attempt(
        name="unknown-host-key",
        who="a machine that nobody has logged in to yet",
        wrong=Trial(
            "shows a host key that is in no known_hosts",
            configured("UserKnownHostsFile {known}", "UserKnownHostsFile /dev/null"),
            "^1 .*key",
        ),
        guard=SSH,
        right=REPAIRED,
    ),
    Attempt(
        name="lax-ssh-config",
        who="an operator whose ssh_config trusts every key",
        wrong=Trial(
            "applies to a machine whose key is not known",
            configured(
                "UserKnownHostsFile {known}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes",
                "UserKnownHostsFile /dev/null\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking no",
            ),
            "^1 .*key",
        ),
        guard="strict host keys, whatever the ssh_config says",
        right=REPAIRED,
    ),
    Attempt(
        name="foreign-ssh-key",
        who="somebody without a key of the machines",
        wrong=Trial(
            "applies with an SSH key of one's own",
            configured("IdentityFile {key}", "IdentityFile {folder}/other"),
            "^1 ",
        ),
        guard="SSH server of the host",
        right=REPAIRED,
    ),
    Attempt(
        name="user-without-sudo",
        who="guest, a user of gw-2",
        wrong=Trial("applies to it", guest, "^1 .*sudo"),
        guard=PREFLIGHT,
        right=REPAIRED,
    ),
    Attempt(
        name="second-owner",
        who="another project of the same blueprint",
        wrong=Trial(
            "applies to machines that are this project's", second_owner, "^1 .*belongs to another environment"
        ),
        guard=PREFLIGHT,
        right=REPAIRED,
    ),
    Attempt(
        name="swapped-machines",
        who="an operator who mistook the addresses",
        wrong=Trial(
            "applies gw-1's part to the machine of gw-2", swapped, "^1 .*another host of this environment"
        ),
        guard=PREFLIGHT,
        right=REPAIRED,
    ),
    Attempt(
        name="host-not-in-the-blueprint",
        who="an operator",
        wrong=Trial(
            "applies to a gateway that the blueprint does not have", unknown_target, "^64 .*matches nothing"
        ),
        guard=BLUEPRINT,
        right=REPAIRED,
    ),
    Attempt(
        name="device-not-in-the-blueprint",
        who="an operator",
        wrong=Trial(
            "asks for the credentials of a device that it does not have",
            unknown_device,
            "^64 .*no such device",
        ),
        guard=BLUEPRINT,
        right=Trial("asks for those of vib-1", known_device, "^0 "),
    ),
    Attempt(
        name="role-not-in-the-blueprint",
        who="an operator",
        wrong=Trial("gives eve a role that it does not have", unknown_role, "^64 .*no such role"),
        guard=BLUEPRINT,
        right=Trial("she logs in as the data scientist that she is", does(EVE), IN),
    ),
)
