#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module around the converge agent."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aiotctl_converge
short_description: Makes a host be as its manifest says
description:
  - Puts files, programs and directories in place and keeps services running, under one supervisord or as
    units of systemd.
  - Removes what an earlier manifest wanted and this one does not. Leaves alone what others put there.
  - Needs Linux and Python 3.11 or later; for services under supervisord the Python package C(supervisor).
options:
  manifest:
    description: The manifest as JSON text. It may hold secrets and is never logged.
    type: str
    required: true
  state:
    description: Whether the host is to be so, or everything is to be taken away.
    type: str
    choices: [present, absent]
    default: present
  purge_data:
    description: Whether data directories that are no longer wanted are removed with their content.
    type: bool
    default: false
  adopt:
    description: Whether a root that another blueprint, environment or lineage owns is taken over.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Says what it would do and changes nothing.
  diff_mode:
    support: full
    description: Shows differences of files that hold no secret.
author: aiotctl
"""

EXAMPLES = r"""
- name: Converge the host to its manifest
  aiotctl_converge:
    manifest: "{{ lookup('ansible.builtin.file', 'manifests/hub.json') }}"
"""

RETURN = r"""
changes:
  description: Every item with its C(kind), C(name), C(action), C(reasons) and C(drift).
  returned: always
  type: list
  elements: dict
failures:
  description: Services that did not become healthy, with C(reason) and C(log_tail).
  returned: always
  type: list
  elements: dict
pending:
  description: The C(root) and C(id) of a change that goes back unless M(aiotctl_confirm) confirms it.
  returned: where the manifest asks for a confirmation and something changed
  type: dict
detail:
  description: More about a failure.
  returned: failure
  type: str
hint:
  description: How to mend a failure.
  returned: failure
  type: str
"""

from ansible.module_utils.aiotctl_converge.entry import answer
from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Runs the agent and returns its answer."""
    module = AnsibleModule(
        argument_spec={
            # Text and not an object: of an object Ansible would hide every single value in all output.
            "manifest": {"type": "str", "required": True, "no_log": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "purge_data": {"type": "bool", "default": False},
            "adopt": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    given = module.params
    result = answer(
        given["manifest"],
        absent=given["state"] == "absent",
        check_only=module.check_mode,
        with_diff=module._diff,
        purge_data=given["purge_data"],
        adopt=given["adopt"],
    )
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
