"""Words for ssh and variables for Ansible, without dialling anything."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from aiotctl.backends.ssh_options import config_file, dial
from aiotctl.backends.ssh_variables import connection_variables
from aiotctl.errors import AiotctlError
from aiotctl.model.blueprint import HostPlace

PLAIN = HostPlace("plant-a/gw-1", "10.0.0.7")
FULL = HostPlace(
    "hub-1",
    "hub.example",
    user="ops",
    port=2222,
    key="~/.ssh/100% mine",
    jump="ops@bastion:22",
    become="none",
)


def test_what_is_left_out_is_the_ssh_configs() -> None:
    line = dial(PLAIN, "")
    assert not {"-F", "-l", "-p", "-i", "-J"} & set(line)
    assert {"BatchMode=yes", "StrictHostKeyChecking=yes"} <= set(line)


def test_what_is_said_is_said_to_ssh() -> None:
    line = dial(FULL, "/etc/mine")
    for option, value in (
        ("-F", "/etc/mine"),
        ("-l", "ops"),
        ("-p", "2222"),
        ("-i", "~/.ssh/100%% mine"),
        ("-J", "ops@bastion:22"),
    ):
        assert line[line.index(option) + 1] == value


def test_ansible_dials_the_same() -> None:
    told = connection_variables(FULL, "/etc/mine", "hush")
    common = shlex.split(told.pop("ansible_ssh_common_args"))
    assert common[:2] == ["-F", "/etc/mine"]
    assert {"StrictHostKeyChecking=yes", "BatchMode=yes", "ProxyJump=ops@bastion:22"} <= set(common)
    assert told == {
        "ansible_connection": "ssh",
        "ansible_host": "hub.example",
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_become": "false",
        "ansible_user": "ops",
        "ansible_port": "2222",
        "ansible_ssh_private_key_file": "~/.ssh/100% mine",
        "ansible_become_password": "hush",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "-oProxyCommand=touch /tmp/x"),
        ("address", ""),
        ("address", "10.0.0.7; reboot"),
        ("address", "host name"),
        ("user", "-G"),
        ("user", "$(id)"),
        ("user", "a\nb"),
        ("key", "-x"),
        ("key", "a\x1bb"),
        ("jump", "-oProxyCommand=x"),
        ("jump", "a`id`"),
    ],
)
def test_words_that_would_be_more_than_a_value_are_refused(field: str, value: str) -> None:
    place = replace(FULL, **{field: value})  # pyright: ignore[reportArgumentType]
    for use in (lambda: dial(place, ""), lambda: connection_variables(place)):
        with pytest.raises(AiotctlError) as caught:
            use()
        assert [finding.code for finding in caught.value.diagnostics] == ["ssh-value"]


def test_a_named_ssh_config_must_be_there(tmp_path: Path) -> None:
    mine = tmp_path / "config"
    mine.write_text("")
    assert config_file({}) == ""
    assert config_file({"AIOTCTL_SSH_CONFIG": str(mine)}) == str(mine)
    with pytest.raises(AiotctlError, match="ssh-config-missing"):
        config_file({"AIOTCTL_SSH_CONFIG": str(tmp_path / "none")})


def test_a_machine_that_a_stack_made_is_known_by_its_own_key_alone() -> None:
    made = replace(PLAIN, user="ops", key="/k/login", known_hosts="/k/100%", stack="stack/field")
    line = dial(made, "")
    assert {
        "UserKnownHostsFile=/k/100%%",
        "GlobalKnownHostsFile=none",
        "HostKeyAlias=plant-a.gw-1",
        "IdentitiesOnly=yes",
        "StrictHostKeyChecking=yes",
    } <= set(line)
    told = connection_variables(made)
    assert "HostKeyAlias=plant-a.gw-1" in shlex.split(told["ansible_ssh_common_args"])
    assert told["ansible_ssh_private_key_file"] == "/k/login"
