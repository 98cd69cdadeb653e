#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module that confirms a change of the converge agent."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aiotctl_confirm
short_description: Makes a change of a host stay
description:
  - A change that M(aiotctl_converge) made under a confirmation goes back by itself unless this confirms it.
  - That it can be run is the proof that the host is still reached.
options:
  root:
    description: The folder of everything that aiotctl put on the host.
    type: path
    required: true
  change:
    description: The id of the change.
    type: str
    required: true
attributes:
  check_mode:
    support: none
author: aiotctl
"""

EXAMPLES = r"""
- name: Confirm the change
  aiotctl_confirm:
    root: "{{ converge_result.pending.root }}"
    change: "{{ converge_result.pending.id }}"
"""

RETURN = r"""
detail:
  description: Why it cannot be confirmed.
  returned: failure
  type: str
hint:
  description: What to do then.
  returned: failure
  type: str
"""

from ansible.module_utils.aiotctl_converge.entry import confirm
from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Confirms."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "change": {"type": "str", "required": True},
        },
    )
    result = confirm(module.params["root"], module.params["change"])
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
