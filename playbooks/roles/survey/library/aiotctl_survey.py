#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""What of the wanted is missing on a host, and what is there that nobody wants any more."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aiotctl_survey
short_description: Says what a host lacks and what is no longer wanted there
description:
  - Compares packages, accounts and staged programs with what is wanted, in one look.
  - Changes nothing.
options:
  packages:
    description: Packages with C(name) and C(version), an apt pattern that may be empty.
    type: list
    elements: dict
    default: []
  time_daemon:
    description: The package that is wanted where no installed one provides C(time-daemon).
    type: str
    default: ""
  accounts:
    description: System users that are wanted.
    type: list
    elements: str
    default: []
  programs:
    description: Programs with C(name) and C(digest).
    type: list
    elements: dict
    default: []
attributes:
  check_mode:
    support: full
    description: It never changes anything.
author: aiotctl
"""

EXAMPLES = r"""
- name: Look at packages, accounts and programs
  aiotctl_survey:
    packages: [{name: postgresql-15, version: "15.*"}]
    accounts: [aiotctl-database]
"""

RETURN = r"""
wanted_packages:
  description: Names of all packages that are wanted, the time daemon included.
  returned: always
  type: list
  elements: str
missing_packages:
  description: Packages to install, as apt takes them.
  returned: always
  type: list
  elements: str
held_packages:
  description: Packages of ours that somebody put on hold.
  returned: always
  type: list
  elements: str
extra_packages:
  description: Packages that were asked for once and are no longer.
  returned: always
  type: list
  elements: str
interrupted:
  description: Whether an installation did not come to its end.
  returned: always
  type: bool
clock_asleep:
  description: Whether the time daemon of ours does not start at boot.
  returned: always
  type: bool
missing_accounts:
  description: Users to make.
  returned: always
  type: list
  elements: str
extra_accounts:
  description: Users of ours that are no longer wanted and own nothing any more.
  returned: always
  type: list
  elements: str
unwanted_accounts:
  description: Users of ours that are no longer wanted, whether or not they own something.
  returned: always
  type: list
  elements: str
missing_programs:
  description: Programs to bring.
  returned: always
  type: list
  elements: dict
extra_programs:
  description: Whether programs lie there that are no longer wanted.
  returned: always
  type: bool
"""

import fnmatch
import json
import pwd
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

STATUS = Path("/var/lib/dpkg/status")
UPDATES = Path("/var/lib/dpkg/updates")
UNITS = Path("/etc/systemd/system")
HOME = Path("/var/lib/aiotctl")
RECORD = HOME / "installed.json"
PREFIX = "aiotctl-"


def stanzas():
    """Every package that dpkg knows, as the fields that matter here."""
    for text in STATUS.read_text(encoding="utf-8", errors="replace").split("\n\n"):
        lines = (line.partition(": ") for line in text.splitlines() if line[:1] not in (" ", ""))
        fields = {name: value for name, _, value in lines}
        if "Package" in fields:
            yield fields


def provided(fields):
    """Names that a package provides beside its own."""
    return [part.split()[0] for part in fields.get("Provides", "").split(",") if part.strip()]


def record():
    """What was installed by earlier runs."""
    try:
        return json.loads(RECORD.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"asked": [], "ours": [], "before": None}


def packages(wanted, time_daemon):
    """Missing, held and extra packages."""
    known = {fields["Package"]: fields for fields in stanzas()}
    status = {name: fields.get("Status", "").split() for name, fields in known.items()}
    installed = {name for name, words in status.items() if words[-1:] == ["installed"]}
    half = {words[-1] for words in status.values()} - {"installed", "config-files", "not-installed"}
    noted = record()
    patterns = {package["name"]: package.get("version") or "*" for package in wanted}
    keeps_time = {name for name in installed if "time-daemon" in provided(known[name])}
    if time_daemon and not keeps_time - {time_daemon}:
        patterns.setdefault(time_daemon, "*")
    missing = [
        name if pattern == "*" else name + "=" + pattern
        for name, pattern in patterns.items()
        if name not in installed or not fnmatch.fnmatch(known[name]["Version"], pattern)
    ]
    asleep = time_daemon in installed & set(noted["asked"]) and not any(
        UNITS.glob(f"*.wants/{time_daemon}.service")
    )
    return {
        "wanted_packages": sorted(patterns),
        "missing_packages": missing,
        "held_packages": sorted(name for name in noted["ours"] if status.get(name, [""])[0] == "hold"),
        "extra_packages": sorted(set(noted["asked"]) - set(patterns)),
        "interrupted": bool(half or any(UPDATES.iterdir()) or noted["before"] is not None),
        "clock_asleep": asleep,
    }


def owners():
    """Ids of users who own something below our folder, not deeper than the data of a service."""
    patterns = ("*", "*/*", "*/*/*", "*/*/*/*")
    return {path.lstat().st_uid for pattern in patterns for path in HOME.glob(pattern)}


def accounts(wanted):
    """Missing and extra users; one who still owns data is kept."""
    there = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    ours = {name for name in there if name.startswith(PREFIX)}
    extra = ours - set(wanted)
    busy = owners() if extra else set()
    return {
        "missing_accounts": [name for name in wanted if name not in there],
        "unwanted_accounts": sorted(extra),
        "extra_accounts": sorted(name for name in extra if there[name] not in busy),
    }


def programs(wanted):
    """Missing programs, and whether others lie there."""
    there = {f"{path.parent.name}/{path.name}" for path in HOME.glob("programs/*/*")}
    places = {program["digest"] + "/" + program["name"]: program for program in wanted}
    return {
        "missing_programs": [program for place, program in places.items() if place not in there],
        "extra_programs": bool(there - set(places)),
    }


def main():
    """Looks and tells."""
    module = AnsibleModule(
        argument_spec={
            "packages": {"type": "list", "elements": "dict", "default": []},
            "time_daemon": {"type": "str", "default": ""},
            "accounts": {"type": "list", "elements": "str", "default": []},
            "programs": {"type": "list", "elements": "dict", "default": []},
        },
        supports_check_mode=True,
    )
    given = module.params
    module.exit_json(
        changed=False,
        **packages(given["packages"], given["time_daemon"]),
        **accounts(given["accounts"]),
        **programs(given["programs"]),
    )


if __name__ == "__main__":
    main()
