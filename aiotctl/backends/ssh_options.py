"""How a machine of an environment is dialled: the words that OpenSSH's programs are given.

What the environment leaves out (user, port, key, jump host) is the person's own ssh_config's to say, as is
the agent. Only what safety and unattended work need is fixed here: no question is ever asked, and a host key
must be known.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from aiotctl.errors import Exit, failure
from aiotctl.model.blueprint import HostPlace

VARIABLE = "AIOTCTL_SSH_CONFIG"
"""Names an ssh_config to use in place of the person's own."""

CONNECT_S = 10
"""So long a machine may take to answer; then it counts as unreachable."""

ALWAYS = {
    "BatchMode": "yes",
    "StrictHostKeyChecking": "yes",
    "ConnectTimeout": str(CONNECT_S),
    "ServerAliveInterval": "5",
    "ServerAliveCountMax": "3",
    "LogLevel": "ERROR",
    "RemoteCommand": "none",
    "PermitLocalCommand": "no",
}
"""Settings that hold whatever the person's ssh_config says."""


def config_file(environment: Mapping[str, str] | None = None) -> str:
    """The ssh_config that `AIOTCTL_SSH_CONFIG` names; empty: the person's own.

    Raises AiotctlError where it names none that can be read.
    """
    named = (os.environ if environment is None else environment).get(VARIABLE, "")
    if not named:
        return ""
    path = Path(named).expanduser().absolute()
    if not path.is_file() or not os.access(path, os.R_OK):
        raise failure(
            "ssh-config-missing",
            "The ssh_config that is named cannot be read",
            f"{VARIABLE} names {path}, which is no file that you may read.",
            f"Name another file, or unset {VARIABLE} to use your own ssh_config.",
            Exit.USAGE,
        )
    return str(path)


def options(settings: Mapping[str, str]) -> list[str]:
    """Settings as words of a command line."""
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


ALONE = {"ControlMaster": "no", "ControlPath": "none"}
"""A connection that shares no other, whatever the person's ssh_config says."""


def dial(place: HostPlace, config: str) -> list[str]:
    """ssh with all that dials a machine; options may follow, then ``--``, its address and a command."""
    check(place)
    found = ["ssh", "-T", *(["-F", config] if config else [])]
    found += options({**ALWAYS, **known_key(place)})
    found += ["-l", place.user] if place.user else []
    found += ["-p", str(place.port)] if place.port else []
    found += ["-i", place.key.replace("%", "%%")] if place.key else []
    found += ["-J", place.jump] if place.jump else []
    return found


def known_key(place: HostPlace) -> dict[str, str]:
    """Settings by which a machine that a stack made is known: its key is the one that was given to it, and
    the login's key is the one that was let in. None for other machines.
    """
    if not place.known_hosts:
        return {}
    return {
        "UserKnownHostsFile": place.known_hosts.replace("%", "%%"),
        "GlobalKnownHostsFile": "none",
        "HostKeyAlias": place.machine,
        "IdentitiesOnly": "yes",
    }


def check(place: HostPlace) -> None:
    """Refuses values that ssh would take for options, or for more than one word."""
    for name, value in (("user", place.user), ("key", place.key), ("jump", place.jump)):
        _check(place, name, value)
    if not place.address:
        raise _refused(place, "address", "it is empty")
    _check(place, "address", place.address)


def _check(place: HostPlace, name: str, value: str) -> None:
    if value.startswith("-"):
        raise _refused(place, name, f"{value!r} begins with '-', so ssh would take it for an option")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in value):
        raise _refused(place, name, "it holds control characters")
    if name != "key" and any(character.isspace() or character in "'\"\\`$;&|<>(){}" for character in value):
        raise _refused(place, name, f"{value!r} holds characters that no {name} has")


def _refused(place: HostPlace, name: str, why: str) -> Exception:
    return failure(
        "ssh-value",
        "A value cannot be given to ssh",
        f"{name} of host {place.name}: {why}.",
        f"Write a plain {name} under the environment's hosts.",
        Exit.INVALID,
    )
