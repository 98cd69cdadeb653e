#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Notes which packages an installation brought, so that removal takes away no other."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aiotctl_installed
short_description: Notes what an installation brings
description:
  - Before an installation C(begun) notes what is there, and keeps services from being started by it.
  - After it C(ended) notes what came, dependencies and users included, and lifts that again. Versions that
    were replaced stand in C(replaced.json) beside the note, until M(aiotctl_converge) has no more use for it.
  - C(released) lets go of packages that are no longer asked for and says which of those that came nothing
    needs any more.
options:
  state:
    description: What to do.
    type: str
    choices: [begun, ended, released]
    required: true
  path:
    description: Where it is noted.
    type: path
    required: true
  asked:
    description: Packages that are wanted, of C(ended) and C(released).
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: none
author: aiotctl
"""

EXAMPLES = r"""
- name: Note what is there before
  aiotctl_installed:
    state: begun
    path: /var/lib/aiotctl/installed.json
"""

RETURN = r"""
present:
  description: Packages that were there before the installation began.
  returned: when begun
  type: list
  elements: str
unneeded:
  description: Packages that came with ours and that nothing needs any more.
  returned: when released
  type: list
  elements: str
users:
  description: Users that packages made and left behind when the last of them went.
  returned: when ended
  type: list
  elements: str
groups:
  description: Groups that packages made and left behind when the last of them went.
  returned: when ended
  type: list
  elements: str
changes:
  description: What was installed or removed, as C(kind), C(name), C(action), C(reasons) and C(drift).
  returned: when ended
  type: list
  elements: dict
"""

import contextlib
import grp
import json
import os
import pwd
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

POLICY = Path("/usr/sbin/policy-rc.d")
KEPT = Path(f"{POLICY}.before-aiotctl")
POLICY_TEXT = "#!/bin/sh\n# No service is started while aiotctl installs packages.\nexit 101\n"
REPLACED = "replaced.json"
CLUSTERS = Path("/etc/postgresql-common/createcluster.d/aiotctl.conf")
CLUSTERS_TEXT = "# aiotctl makes clusters of its own.\ncreate_main_cluster = false\n"
NOTHING = {"version": 1, "asked": [], "ours": [], "users": [], "groups": [], "before": None}


def there(module):
    """Packages, users and groups of this host."""
    query = ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package} ${Version}\n"]
    _code, out, _err = module.run_command(query, check_rc=True)
    lines = [line.split(" ", 2) for line in out.splitlines()]
    return {
        "packages": sorted({name for status, name, _version in lines if status != "config-files"}),
        "versions": {name: version for status, name, version in lines if status == "installed"},
        "users": [entry.pw_name for entry in pwd.getpwall()],
        "groups": [entry.gr_name for entry in grp.getgrall()],
    }


def read(path):
    """What was noted."""
    with contextlib.suppress(FileNotFoundError):
        return json.loads(path.read_text(encoding="utf-8"))
    return dict(NOTHING)


def write(path, text, mode):
    """A file written whole or not at all."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)


def begin(module, path):
    """Notes what is there, unless an installation is under way that was interrupted."""
    noted = read(path)
    if noted["before"] is None:
        noted["before"] = there(module)
        write(path, json.dumps(noted), 0o644)
    if POLICY.exists() and not is_ours(POLICY):
        POLICY.replace(KEPT)
    write(POLICY, POLICY_TEXT, 0o755)
    if not CLUSTERS.exists():
        write(CLUSTERS, CLUSTERS_TEXT, 0o644)
    return {"changed": True, "present": noted["before"]["packages"]}


def end(path, asked, now):
    """Notes what came since it began, and forgets what is gone."""
    noted = read(path)
    before = noted["before"] or {kind: now[kind] for kind in now}
    came = set(now["packages"]) - set(before["packages"])
    ours = (set(noted["ours"]) | came) & set(now["packages"])
    gone = set(noted["ours"]) - ours
    left = {
        kind: sorted((set(noted[kind]) | set(now[kind]) - set(before[kind])) & set(now[kind]))
        for kind in ("users", "groups")
    }
    left = {kind: [name for name in names if not name.startswith("aiotctl-")] for kind, names in left.items()}
    lift_policy()
    note_replaced(path, before.get("versions", {}), now["versions"])
    if ours:
        value = {**NOTHING, "asked": sorted(ours & set(asked)), "ours": sorted(ours), **left}
        write(path, json.dumps(value), 0o644)
        left = {"users": [], "groups": []}
    else:
        remove_with_folder(CLUSTERS)
        path.with_name(REPLACED).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()
    told = [change(name, "create") for name in sorted(came & set(asked))]
    told += [change(name, "delete") for name in sorted(gone)]
    return {"changed": bool(told or noted["before"]), "changes": told, **left}


def note_replaced(path, former, now):
    """Notes the versions that were replaced; of several installations in a row the first one's."""
    place = path.with_name(REPLACED)
    replaced = {name: version for name, version in former.items() if now.get(name, version) != version}
    if replaced:
        known = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
        write(place, json.dumps({**replaced, **known}), 0o644)


def release(module, path, asked):
    """Marks what is no longer asked for as installed for others, and sees what nothing needs then."""
    noted = read(path)
    gone = sorted(set(noted["asked"]) - set(asked))
    if gone:
        module.run_command(["apt-mark", "auto", *gone], check_rc=True)
    # What others merely recommend came with ours alone: it was not there before.
    strict = [f"--option=APT::AutoRemove::{kind}Important=false" for kind in ("Recommends", "Suggests")]
    _code, out, _err = module.run_command(["apt-get", "--simulate", *strict, "autoremove"], check_rc=True)
    unneeded = {line.split()[1] for line in out.splitlines() if line.startswith("Remv ")}
    return {"changed": bool(gone), "unneeded": sorted(unneeded & set(noted["ours"]))}


def lift_policy():
    """Lets packages start services again, as before."""
    if is_ours(POLICY):
        POLICY.unlink()
    if KEPT.exists():
        KEPT.replace(POLICY)


def is_ours(path):
    """Whether a file is the one that is put there here."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8") == POLICY_TEXT
    return False


def remove_with_folder(path):
    """Removes a file and the folders above it that become empty, up to /etc."""
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        os.removedirs(path.parent)


def change(name, action):
    """A package as an item of a result."""
    return {"kind": "package", "name": name, "action": action, "reasons": [], "drift": []}


def main():
    """Notes and tells."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["begun", "ended", "released"], "required": True},
            "path": {"type": "path", "required": True},
            "asked": {"type": "list", "elements": "str", "default": []},
        },
    )
    path, asked = Path(module.params["path"]), module.params["asked"]
    if module.params["state"] == "begun":
        module.exit_json(**begin(module, path))
    if module.params["state"] == "ended":
        module.exit_json(**end(path, asked, there(module)))
    module.exit_json(**release(module, path, asked))


if __name__ == "__main__":
    main()
