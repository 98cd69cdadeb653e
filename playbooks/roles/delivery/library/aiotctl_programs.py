#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Programs that were copied to a host: checked, put in place by their digest, pruned."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aiotctl_programs
short_description: Puts copied programs in their places by digest
description:
  - Takes C(.DIGEST.NAME) from the folder, unpacks it where it is an archive of a tree, checks its digest and
    moves it to C(DIGEST/NAME). Another digest is refused and removed.
  - C(pruned) removes everything from the folder that is not listed.
options:
  folder:
    description: The folder of programs.
    type: path
    required: true
  programs:
    description: Programs with C(name), C(digest) and C(archive).
    type: list
    elements: dict
    default: []
  state:
    description: Whether to put in place, or to remove what is not listed.
    type: str
    choices: [present, pruned]
    default: present
attributes:
  check_mode:
    support: none
author: aiotctl
"""

EXAMPLES = r"""
- name: Check digests and put programs in their places
  aiotctl_programs:
    folder: /var/lib/aiotctl/programs
    programs: [{name: telegraf, digest: "50d6..."}]
"""

RETURN = r"""
"""

import shutil
import tarfile
from pathlib import Path

from ansible.module_utils.aiotctl_converge.digest import path_digest
from ansible.module_utils.basic import AnsibleModule


def place(folder, program):
    """Puts one program in its place; tells whether there was anything to do. Raises ValueError on another
    digest.
    """
    target = folder / program["digest"] / program["name"]
    fresh = folder / f".{program['digest']}.{program['name']}"
    if not fresh.exists():
        return False
    found = unpacked(fresh) if program.get("archive") else fresh
    if path_digest(found) != program["digest"]:
        erase(found)
        erase(fresh)
        raise ValueError(f"{program['name']} has not the digest {program['digest']}")
    target.parent.mkdir(mode=0o755, exist_ok=True)
    erase(target)
    found.chmod(0o755)
    found.replace(target)
    erase(fresh)
    return True


def unpacked(archive):
    """The tree of an archive, beside it."""
    tree = archive.with_name(archive.name + ".tree")
    erase(tree)
    tree.mkdir(mode=0o755)
    with tarfile.open(archive) as file:
        file.extractall(tree)
    return tree


def prune(folder, programs):
    """Removes what is not listed, and folders that become empty; tells whether there was anything."""
    kept = {folder / program["digest"] / program["name"] for program in programs}
    gone = [path for path in folder.glob("*/*") if path not in kept]
    gone += list(folder.glob(".*"))
    for path in gone:
        erase(path)
    for parent in [*folder.glob("*"), folder, folder.parent]:
        if parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()
    return bool(gone)


def erase(path):
    """Removes a file or a tree; what is not there is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def main():
    """Places or prunes."""
    module = AnsibleModule(
        argument_spec={
            "folder": {"type": "path", "required": True},
            "programs": {"type": "list", "elements": "dict", "default": []},
            "state": {"type": "str", "choices": ["present", "pruned"], "default": "present"},
        },
    )
    folder, programs = Path(module.params["folder"]), module.params["programs"]
    if module.params["state"] == "pruned":
        module.exit_json(changed=folder.is_dir() and prune(folder, programs))
    try:
        done = [place(folder, program) for program in programs]
    except (ValueError, tarfile.TarError) as error:
        module.fail_json(msg="A program that was copied is not the expected one", detail=str(error))
    module.exit_json(changed=any(done))


if __name__ == "__main__":
    main()
